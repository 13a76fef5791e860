"""The promoters' and auditors' door: pages for members who logged in, and commands.

Importing the package imports none of it: `marquee segments` must not wait for Flask.
"""
