"""How it runs: command line, engines, Dagster definitions. Everything that knows the clock or the screen."""
