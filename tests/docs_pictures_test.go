package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every picture that a page shows exists in both themes and is told to whoever cannot see
// it; none lies about that no page shows, and all are small.
func TestDocs_PicturesAreShown(t *testing.T) {
	const most, mostOfAll = 150_000, 1_000_000 // bytes
	shown := map[string]bool{}
	for _, page := range pages(t) {
		body := text(t, page)
		for _, m := range regexp.MustCompile(`(?s)<picture>.*?</picture>`).FindAllString(body, -1) {
			source := regexp.MustCompile(`media="\(prefers-color-scheme: dark\)" srcset="([^"]+)-dark\.png"`).FindStringSubmatch(m)
			image := regexp.MustCompile(`src="([^"]+)-light\.png"`).FindStringSubmatch(m)
			require.True(t, source != nil && image != nil && source[1] == image[1], "%s: a picture needs both themes: %s", page, m)
		}
		require.Equal(t, strings.Count(body, "<img "), strings.Count(body, "<picture>"), "%s: one image in each picture", page)
		for _, m := range regexp.MustCompile(`<img [^>]*>`).FindAllString(body, -1) {
			alt := regexp.MustCompile(`alt="([^"]*)"`).FindStringSubmatch(m)
			require.True(t, alt != nil && len(alt[1]) > 20, "%s: say what is to be seen: %s", page, m)
		}
		for _, m := range regexp.MustCompile(`(?:src|srcset)="([^"]+)"|!\[[^\]]*\]\(([^)]+)\)`).FindAllStringSubmatch(body, -1) {
			file := filepath.Join(filepath.Dir(page), m[1]+m[2])
			require.FileExists(t, file, page)
			shown[file] = true
		}
	}
	files, err := filepath.Glob(picturesFolder + "/*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 10)
	all := int64(0)
	for _, file := range files {
		require.True(t, shown[file], "no page shows %s", file)
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(most), file)
		all += info.Size()
	}
	require.LessOrEqual(t, all, int64(mostOfAll), "all pictures together")
}
