package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"html/template"
	"sync"
)

// drawn keeps parts of pages that were drawn before. A channel of hundreds of messages
// is looked at again at every change, which is one message's. It is safe for concurrent
// use.
type drawn struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]template.HTML
}

// maxDrawn bounds what is kept; beyond it, all is drawn anew.
const maxDrawn = 5000

// part is the part that is drawn from these, and from nothing else that changes, drawn
// now or before.
func (d *drawn) part(from []string, draw func() (template.HTML, error)) (out template.HTML, err error) {
	hash := sha256.New()
	for _, text := range from {
		_, _ = hash.Write(binary.AppendUvarint(nil, uint64(len(text)))) // a hash never fails
		_, _ = hash.Write([]byte(text))
	}
	key := [sha256.Size]byte(hash.Sum(nil))
	d.mu.Lock()
	known, ok := d.kept[key]
	d.mu.Unlock()
	if ok {
		return known, nil
	}
	if out, err = draw(); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= maxDrawn {
		d.kept = map[[sha256.Size]byte]template.HTML{}
	}
	d.kept[key] = out
	return out, nil
}

// fragment draws a named template of a page.
func (p *Pages) fragment(page, name string, data any) (template.HTML, error) {
	var out bytes.Buffer
	err := p.templates[page].ExecuteTemplate(&out, name, data)
	return template.HTML(out.String()), err // made by the template, which escapes
}
