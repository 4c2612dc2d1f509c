"""The two editor plugins as packages: packed with a private client, and put where editors look.

``package`` makes the zips: ``wheels`` fetches the pinned dependencies, ``vendor`` chooses and
rewrites their files, ``verify`` looks for what was missed. ``install`` unpacks the zips into the
``places`` of each editor.
"""
