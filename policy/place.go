package policy

import (
	"strconv"
	"strings"
)

// Places in a document are JSON pointers (RFC 6901) inside the package and
// read like "chains[0].levels[1].quorum" in problems.

func escapePointer(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

func unescapePointer(part string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
}

// display turns a pointer into what people read.
func display(pointer string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = unescapePointer(part)
		if _, err := strconv.Atoi(part); err == nil && b.Len() > 0 {
			b.WriteString("[" + part + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}

// line finds the line of a place, or of the nearest place around it.
func (t *tree) line(pointer string) int {
	for {
		if n, ok := t.lines[pointer]; ok {
			return n
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return 1
		}
		pointer = pointer[:cut]
	}
}

// problem describes something wrong at a place.
func (t *tree) problem(pointer, text, hint string) Problem {
	return Problem{File: t.file, Line: t.line(pointer), Path: display(pointer), Text: text, Hint: hint}
}

// nearest finds the known word that is most like the given one, empty when
// none is close: at most a third of its letters differ.
func nearest(word string, known []string) string {
	best, bestDistance := "", len(word)/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d <= bestDistance && d < max(len(word), len(k)) {
			if d < bestDistance || best == "" {
				best, bestDistance = k, d
			}
		}
	}
	return best
}

// distance counts the single-letter edits between two words (Levenshtein).
func distance(a, b string) int {
	if max(len(a), len(b)) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// meant is the hint for an unknown name: the likely one, or the list of those known.
func meant(word string, known []string, what string) string {
	if n := nearest(word, known); n != "" {
		return "did you mean " + strconv.Quote(n) + "?"
	}
	if len(known) == 0 {
		return "no " + what + " is defined"
	}
	const show = 12
	if len(known) > show {
		return "known: " + strings.Join(known[:show], ", ") + ", …"
	}
	return "known: " + strings.Join(known, ", ")
}
