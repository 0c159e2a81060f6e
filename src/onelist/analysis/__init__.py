"""What the data of the sources mean for one list: available, resolvable, from which Python on, installed on trial."""
