"""For teachers: answers to the labs, and the labs as an nbgrader course."""
