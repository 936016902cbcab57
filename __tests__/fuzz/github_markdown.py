"""GitHub's own Markdown parser: reads a JSON list of texts, writes the list of their pages as HTML."""

import json
import sys

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_GITHUB_PRE_LANG
json.dump([github_flavored_markdown_to_html(text, options=OPTIONS) for text in json.load(sys.stdin)], sys.stdout)
