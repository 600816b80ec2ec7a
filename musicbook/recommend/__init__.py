"""Machines that recommend: listeners and their log, recommenders of every family, and how to judge them."""
