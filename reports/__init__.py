"""Named reports: what each holds, and the files it is written to. One definition for screen, file and command line."""
