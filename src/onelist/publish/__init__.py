"""Uploads to a package index, a conda channel or a folder, and updates of feedstocks, with checks before and after."""
