package pages

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Text stands out from what it is written on, in both themes, as WCAG 2.2 AA asks: 4.5
// to 1 for text, 3 to 1 for the ring around what has the focus.
// https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast
func TestStyle_Contrast(t *testing.T) {
	css, err := files.ReadFile("static/style.css")
	require.NoError(t, err)
	light, rest, found := strings.Cut(string(css), "prefers-color-scheme: dark")
	require.True(t, found)
	dark, _, _ := strings.Cut(rest, "* {")
	for theme, text := range map[string]string{"light": light, "dark": dark} {
		colours := coloursOf(t, text)
		for _, pair := range []struct {
			on, under string
			least     float64
		}{
			{"text", "bg", 4.5}, {"text", "panel", 4.5}, {"text", "soft", 4.5}, {"text", "bad-bg", 4.5}, {"text", "neutral-bg", 4.5}, {"text", "attention-bg", 4.5},
			{"muted", "bg", 4.5}, {"muted", "panel", 4.5}, {"muted", "attention-bg", 4.5}, {"muted", "neutral-bg", 4.5}, {"brand-text", "brand", 4.5},
			{"link", "bg", 4.5}, {"link", "panel", 4.5}, {"link", "attention-bg", 4.5}, {"good", "good-bg", 4.5}, {"good", "panel", 4.5}, {"bad", "bad-bg", 4.5},
			{"bad", "panel", 4.5}, {"bad", "bg", 4.5}, {"attention", "attention-bg", 4.5}, {"link", "bg", 3}, {"edge", "panel", 3}, {"edge", "bg", 3},
		} {
			require.Contains(t, colours, pair.on)
			require.Contains(t, colours, pair.under)
			got := contrast(colours[pair.on], colours[pair.under])
			require.GreaterOrEqual(t, got, pair.least, fmt.Sprintf("%s: %s on %s is %.2f to 1", theme, pair.on, pair.under, got))
		}
	}
}

// coloursOf reads a theme's variables.
func coloursOf(t *testing.T, css string) map[string][3]float64 {
	t.Helper()
	out := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{3,6});`).FindAllStringSubmatch(css, -1) {
		hex := m[2]
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		for i := range 3 {
			v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			require.NoError(t, err)
			c := out[m[1]]
			c[i] = float64(v) / 255
			out[m[1]] = c
		}
	}
	return out
}

func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c [3]float64) float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
