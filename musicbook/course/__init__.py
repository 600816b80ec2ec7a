"""The book as a course: exercises that check themselves, quizzes, assignments that grade themselves.

There is one definition of each exercise, a record in ``data/course/CHAPTER.yml``. The notebook, the published page and the
instructor's grader all judge by it.

- `records`: reads and validates the records;
- `checks`: judges an answer, with one message for each way to be wrong (`musicbook.check`);
- `seal`: what a page without a kernel may hold of a record, so that it can judge and does not tell;
- `stubs`: the notebook that a student works in, made from the one that holds the solutions;
- `withhold`: takes the solutions of assigned exercises out of what is published;
- `leaks`: searches what was built for withheld answers;
- `assignments`, `grade`: notebooks for a class, and marks for what comes back (`stage`, `sandbox`, `feedback`);
- `archive`, `pdf`: the whole book in one file;
- `counts`: how many exercises and questions there are, and what they have.
"""
