# Each target sets up .venv by itself when it must. Nothing is needed beforehand but make and Python 3.11 or 3.12.

# A python may be on the PATH and still not run (version managers leave such stubs), so each is tried.
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RIVALS := $(VENV)/rivals
PYTEST = $(BIN)/python -m pytest -n auto tests
# Says how long it took since the last time; the tests themselves say it in their closing line.
LAP = lap() { now=$$(date +%s); s=$$((now - $$(cat _build/clock))); echo $$now > _build/clock; echo "$$1 took $$((s / 60)) min $$((s % 60)) s."; }; lap
# Where Python is told to keep nothing, each of some hundred processes compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0

.DEFAULT_GOAL := help
.PHONY: help book check test nightly clock nbval lab serve exercises assignments grade archive pdf counts bench rivals spark lint lock release clean corpus chromium

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */\1|/' | \
		while IFS='|' read -r name words; do printf '  make %-11s %s\n' "$$name" "$$words"; done

$(READY): requirements.txt pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or 3.12 with the venv module is needed (on Debian: apt-get install python3-venv);"; \
		echo "if it is not on the PATH: make PYTHON=/path/to/python3.12 book"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version): about 200 packages, 2.4 GB, a minute or two the first time ..."
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/python -m uv pip install --python $(BIN)/python --compile-bytecode -r requirements.txt
	@touch $@

corpus: $(READY)
	@$(BIN)/python -c "from musicbook.music import corpus, features; print(f'{len(features.table(corpus.load())):,} tunes and {len(corpus.chorales())} chorales are ready')"

book: corpus  ## build the book with every notebook executed
	@PATH="$(CURDIR)/$(BIN):$$PATH" jupyter-book build . -W -n --keep-going
	@echo; echo "The book is built. Open it: file://$(CURDIR)/_build/html/index.html  (or: make serve)"

check: $(READY)  ## while you work: style and the quick tests, two minutes, nothing is built
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(PYTEST) --loop check

test: | clock  ## before a commit: set up, build the book, and run every test that a change can break
	@$(MAKE) --no-print-directory corpus chromium
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(LAP) "1 of 3, the set-up"; echo "2 of 3, the book: about four minutes where nothing is in the cache"
	@$(MAKE) --no-print-directory book
	@$(LAP) "2 of 3, the book"; echo "3 of 3, the tests: eight or nine minutes on two cores"
	@$(PYTEST) --loop check --loop test

nightly: nbval chromium  ## what is slow and seldom breaks, on top of make test
	@$(PYTEST) --loop nightly

clock:
	@mkdir -p _build && date +%s > _build/clock

nbval: book  ## execute every notebook once more, by nbval, and compare its checked outputs (make test compares those of the build)
	@$(BIN)/python -m pytest -p nbval -n 2 --dist loadfile --nbval-lax chapters

lab: corpus  ## open the notebooks in JupyterLab, with a live kernel
	@PATH="$(CURDIR)/$(BIN):$$PATH" jupyter lab --notebook-dir="$(CURDIR)" chapters/preface.ipynb

serve: $(READY)  ## show the built book at http://localhost:8000
	@[ -f _build/html/index.html ] || { echo "There is no book yet: run make book"; exit 1; }
	@$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

exercises: $(READY)  ## make the students' notebooks: exercises without their solutions
	@$(BIN)/python -m musicbook.course.stubs chapters _build/exercises

assignments: $(READY)  ## make notebooks for a class, and the key, from the chapters: _build/assignments
	@$(BIN)/python -m musicbook.course.assignments _build/assignments

grade: corpus  ## grade what a class handed in, STUDENT/CHAPTER.ipynb: make grade SUBMISSIONS=folder
	@[ -n "$(SUBMISSIONS)" ] || { echo "Say where they are: make grade SUBMISSIONS=folder"; exit 2; }
	@$(BIN)/python -m musicbook.course.grade "$(SUBMISSIONS)" "$(or $(GRADES),_build/grades)" $(OPTIONS)

archive: $(READY)  ## pack the built book, notebooks, data and sounds into one zip with checksums
	@$(BIN)/python -m musicbook.course.archive make

pdf: $(READY) chromium  ## print the built book into one PDF (needs Chromium)
	@$(BIN)/python -m musicbook.course.pdf

counts: $(READY)  ## count exercises, questions, pictures and their words, as JSON
	@$(BIN)/python -m musicbook.course.counts

bench: corpus rivals  ## measure time, memory and quality against other libraries, as ratios within one run
	@$(BIN)/python tools/bench

spark: $(READY)  ## add PySpark (450 MB; needs Java 17), so that its tests run and are not skipped
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python 'pyspark>=4,<5'

# Not on the way of anything else: without a network the bench runs and leaves them out. Torch for the CPU is a tenth of the
# other, but it comes from an index of its own, which not every network reaches.
rivals: $(READY)
	@[ $(RIVALS)/.ready -nt requirements-bench.txt ] || { \
		echo "Setting up $(RIVALS): implicit and LensKit, once, a few minutes (up to 6 GB where only torch with CUDA is to be had) ..."; \
		install="$(BIN)/python -m uv pip install --quiet --python $(RIVALS)/bin/python -r requirements-bench.txt"; \
		$(BIN)/python -m uv venv --quiet --allow-existing --python $(BIN)/python $(RIVALS) && \
		{ $$install --torch-backend cpu 2>/dev/null || $$install; } && touch $(RIVALS)/.ready || \
		{ rm -f $(RIVALS)/bin/python; echo "That failed, so implicit and LensKit are left out."; }; }

lint: $(READY)  ## check and format style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(READY)  ## write requirements.txt anew from pyproject.toml
	@echo '-e .[book,lab,test]' | $(BIN)/python -m uv pip compile --universal --python-version 3.11 --upgrade --quiet \
		--custom-compile-command "make lock" - -o requirements.txt

release: $(READY)  ## check, then write the version, commit and tag it; push nothing: make release VERSION=x.y.z
	@$(BIN)/python tools/release.py "$(VERSION)"

chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium, for the browser tests and for printing ..."; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else echo "No Chromium or Chrome found, so the browser tests will fail. Install it: sudo apt-get install chromium"; fi

clean:  ## remove what was built (not .venv, not the cache of tunes)
	rm -rf _build
