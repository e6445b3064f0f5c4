"""One file per project, named by its slug; only drawing."""
