"""What the data of the sources mean for one list: what is available, installable, and from which Python on."""
