package pages

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/console"
)

// vendorAdd has another document of a vendor tracked, needed so soon that a rung
// of its ladder is due now.
func (p *Pages) vendorAdd(w http.ResponseWriter, r *http.Request) {
	if p.console() == nil {
		p.showVendors(w, r, http.StatusServiceUnavailable, "Nobody is there to track it.")
		return
	}
	vendor, ok := p.cfg.Rules.Vendor(r.PostFormValue("vendor"))
	class, known := p.cfg.Rules.ArtefactClass(r.PostFormValue("class"))
	i := slices.IndexFunc(dueIn(), func(o option) bool { return o.Value == r.PostFormValue("due") })
	if !ok || !known || i < 0 {
		p.showVendors(w, r, http.StatusUnprocessableEntity, "Choose a vendor, a kind of document, and when it is needed.")
		return
	}
	acting := p.acting(r)
	var days int
	_, _ = fmt.Sscan(dueIn()[i].Value, &days) // digits only
	ctx, cancel := context.WithTimeout(r.Context(), trackWithin)
	defer cancel()
	_, err := p.console().Track(ctx, console.Document{
		Vendor: vendor.ID, Artefact: p.fresh(ctx, vendor, class.Name), Class: class.Name, Title: strings.TrimSpace(r.PostFormValue("title")),
		NeededBy: certification.DateOf(p.cfg.Now().In(zone(acting))).Add(days), By: acting.Accounts[console.Provider],
	})
	if err != nil {
		p.showVendors(w, r, http.StatusUnprocessableEntity, "It is not tracked: "+err.Error())
		return
	}
	http.Redirect(w, r, "/vendors", http.StatusSeeOther)
}

// trackWithin bounds the wait for a tracker's first record.
const trackWithin = 20 * time.Second

// fresh is an id for one more document of a class, which neither the policy nor
// the log has.
func (p *Pages) fresh(ctx context.Context, vendor policy.Vendor, class string) string {
	taken := map[string]bool{}
	_ = p.read(ctx, func(reader *evidence.Reader) error { // without a log nothing is tracked yet
		all, err := reader.Standings(ctx, "CER")
		for _, s := range all {
			taken[s.Subject] = true
		}
		return err
	})
	for n := 2; ; n++ {
		id := fmt.Sprintf("%s-%d", class, n)
		if _, named := vendor.Artefact(id); !named && !taken[certification.SubjectID(vendor.ID, id)] {
			return id
		}
	}
}
