"""The same pupil in several exports: finding out, and putting the records together by an explicit rule."""
