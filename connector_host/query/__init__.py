"""Questions over the rows of one sync (or two): who holds what, why, what changed, is the file sound.

Everything is asked of `c1z.store.View` in the field's terms. Answers are plain values or iterators of them; how they
look is the business of `output` and of the commands.
"""
