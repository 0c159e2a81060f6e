"""One module a form of onelist export, or a family of forms: its arguments and what it does with them."""
