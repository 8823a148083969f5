package pages

import (
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/docs"
)

// Every page of the documentation is shown, and a link on one leads to another, to the
// heading that it names.
func TestDocsAreShown(t *testing.T) {
	_, server := place(t)
	shown := map[string]string{}
	require.NoError(t, fs.WalkDir(docs.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		answer, page := send(t, server, http.MethodGet, "/docs/"+name, nil, nil)
		require.Equal(t, http.StatusOK, answer.StatusCode, name)
		shown["/docs/"+name] = page
		return nil
	}))
	checked := 0
	for at, page := range shown {
		_, article, _ := strings.Cut(page, `<article class="prose">`)
		for _, m := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(article, -1) {
			to, err := url.Parse(m[1])
			require.NoError(t, err)
			target := path.Join(path.Dir(at), to.Path)
			if to.Path == "" {
				target = at
			}
			if to.Host != "" || !strings.HasPrefix(target, "/docs/") || path.Ext(target) != ".md" {
				continue // elsewhere, or a file of the repository
			}
			checked++
			require.Contains(t, shown, target, "%s links to %s", at, m[1])
			if to.Fragment != "" {
				require.Contains(t, shown[target], `id="`+to.Fragment+`"`, "%s links to %s", at, m[1])
			}
		}
	}
	require.Greater(t, checked, 20)
	answer, page := send(t, server, http.MethodGet, "/docs/../README.md", nil, nil)
	require.NotEqual(t, http.StatusOK, answer.StatusCode, page)
	_, page = send(t, server, http.MethodGet, "/docs/overview.md", nil, nil)
	require.Less(t, strings.Index(page, "The first ten minutes</a>"), strings.Index(page, "Overview</a>"), "what is read first comes first")
}
