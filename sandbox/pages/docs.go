package pages

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"

	"github.com/lowcodex/countersign/docs"
)

// docsPage is one page of the documentation beside the list of all.
type docsPage struct {
	Groups []docsGroup
	Text   template.HTML
}

type docsGroup struct {
	Name  string
	Pages []docsLink
}

type docsLink struct {
	Path, Title string
	Here        bool
}

// firstDoc is what a newcomer reads first.
const firstDoc = "tutorial.md"

// doc shows a page of the documentation. Its path is that of the file, so that links
// between the files lead from page to page.
func (p *Pages) doc(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("page")
	source, err := fs.ReadFile(docs.FS(), name)
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "There is no such page here; other files are in the repository only.")
		return
	}
	// The Markdown of the files has tables and links to headings, as GitHub reads it; raw
	// HTML in it is left out.
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	var out bytes.Buffer
	if err := markdown.Convert(source, &out); err != nil {
		p.fail(w, r, http.StatusInternalServerError, "The page cannot be shown: "+err.Error())
		return
	}
	body := docsPage{Groups: docsList(name), Text: template.HTML(out.String())} // made by the renderer, from our own files
	p.show(w, r, http.StatusOK, "docs.html", page{Title: docTitle(name), Section: "docs", Body: body})
}

// docsFolder is a folder of the documentation as a reader knows it.
type docsFolder struct{ pattern, name string }

// docsList lists the pages by folder, in the order in which somebody new reads them.
func docsList(here string) []docsGroup {
	var groups []docsGroup
	for _, folder := range []docsFolder{{"*.md", "Read first"}, {"processes/*.md", "Processes"}, {"operate/*.md", "Operating"}, {"adr/*.md", "Decisions"}} {
		g := docsGroup{Name: folder.name}
		names, err := fs.Glob(docs.FS(), folder.pattern)
		if err != nil {
			continue // the patterns are constants
		}
		slices.SortStableFunc(names, func(a, b string) int { // by name, but the first one
			return strings.Compare(strings.TrimPrefix(a, firstDoc), strings.TrimPrefix(b, firstDoc))
		})
		for _, name := range names {
			g.Pages = append(g.Pages, docsLink{"/docs/" + name, docTitle(name), name == here})
		}
		groups = append(groups, g)
	}
	return groups
}

// docTitle is the first heading of a page.
func docTitle(name string) string {
	source, err := fs.ReadFile(docs.FS(), name)
	if err != nil {
		return name
	}
	line, _, _ := strings.Cut(string(source), "\n")
	return strings.TrimPrefix(line, "# ")
}
