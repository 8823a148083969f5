package patch

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Installed is which publishers' products a class of targets in a system has:
// what feeds are read for.
type Installed struct {
	System string `json:"system"`
	Class  string `json:"class"`
	// Place ends the ids of the rollouts that advisories open here: the system, and
	// the class where the system has several.
	Place    string          `json:"place"`
	Products []WantedProduct `json:"products"`
	// Since is when a feed was first read for it, UTC; zero when never.
	Since time.Time `json:"since,omitzero"`
}

// Key names this list of products in event keys: another list is another key, so
// that a feed is read anew for products that were added.
func (i Installed) Key() string {
	text := ""
	for _, p := range i.Products {
		text += p.Vendor + "\x00" + p.Product + "\x00"
	}
	return i.System + "/" + i.Class + "/" + shortHash(text)
}

// WantedBy is everything that is installed anywhere, each product once.
func WantedBy(installed []Installed) Wanted {
	var w Wanted
	for _, i := range installed {
		for _, p := range i.Products {
			if !slices.Contains(w.Products, p) {
				w.Products = append(w.Products, p)
			}
		}
	}
	return w
}

// shortHash names a text in event keys: 16 hex digits.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
