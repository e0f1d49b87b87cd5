"""The configure stage: config.ml compiled and run, the application's modules put in order."""
