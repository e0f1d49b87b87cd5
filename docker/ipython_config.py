c.InteractiveShellApp.extensions.append("unikernel")  # noqa: D100, F821 (read by IPython)
