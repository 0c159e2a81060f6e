"""From a plan to wheel, sdist, .conda, recipes and exports; and back, to compare them."""
