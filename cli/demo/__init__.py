"""The demo: three restaurants that look real, and a fourth that belongs to somebody else.

Every id is fixed, so that seeding twice changes nothing. Menus are schema.org files, read by the importer.
"""
