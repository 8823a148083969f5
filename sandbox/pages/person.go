package pages

import (
	"net/http"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// cookie remembers whom the browser acts as. It is a choice, not a login: in
// the sandbox everybody may be anybody, and the page's own script sets it when its
// tab comes to the front.
const cookie = "countersign_acting_as"

// Two tabs of a browser share the cookie. What a page does it does as the person it
// was shown to, whoever was chosen elsewhere since: its forms name that person in a
// field, and its script in a header when it looks for news.
const (
	actingField  = "acting"
	actingHeader = "X-Acting"
)

// choice is one entry of the list of people.
type choice struct {
	compliance.Person
	Groups   string
	Selected bool
}

// acting is the person the page acts as: the one it was shown to, the chosen one,
// or else the last of the directory, who in the example approves nothing and asks
// for changes.
func (p *Pages) acting(r *http.Request) compliance.Person {
	for _, id := range []string{r.PostForm.Get(actingField), r.Header.Get(actingHeader), chosen(r)} {
		if person, ok := p.cfg.Directory.Person(compliance.PersonID(id)); ok {
			return person
		}
	}
	people := p.cfg.Directory.People()
	if len(people) == 0 {
		return compliance.Person{Name: "nobody", Zone: "UTC"}
	}
	return people[len(people)-1]
}

// chosen is whom the browser acts as, empty when nobody was chosen.
func chosen(r *http.Request) string {
	if c, err := r.Cookie(cookie); err == nil {
		return c.Value
	}
	return ""
}

// choose has the browser act as a person from now on. The page's script must be able
// to set it too, so it is not for HTTP only; there is nothing to steal in it.
func choose(w http.ResponseWriter, id compliance.PersonID) {
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: string(id), Path: "/", SameSite: http.SameSiteStrictMode, MaxAge: 30 * 24 * 3600})
}

// actAs changes the person and goes back to the page the choice was made on.
func (p *Pages) actAs(w http.ResponseWriter, r *http.Request) {
	person, ok := p.cfg.Directory.Person(compliance.PersonID(r.PostFormValue("person")))
	if !ok {
		p.fail(w, r, http.StatusBadRequest, "There is no such person in the directory.")
		return
	}
	choose(w, person.ID)
	http.Redirect(w, r, ownPath(r.PostFormValue("back")), http.StatusSeeOther)
}

// ownPath is a path of this site, the start when it is anything else.
func ownPath(back string) string {
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n") {
		return "/"
	}
	return back
}

func (p *Pages) people(acting compliance.Person) []choice {
	var out []choice
	for _, person := range p.cfg.Directory.People() {
		out = append(out, choice{person, strings.Join(p.groups(person.ID), ", "), person.ID == acting.ID})
	}
	return out
}

// groups names the groups a person is a member of now.
func (p *Pages) groups(id compliance.PersonID) []string {
	var in []string
	for _, name := range p.cfg.Directory.Groups() {
		for _, m := range p.cfg.Directory.Members([]string{name}) {
			if m.Person.ID == id {
				in = append(in, name)
			}
		}
	}
	return in
}

// named is a person's name, the id when the directory does not know them.
func (p *Pages) named(id compliance.PersonID) string {
	if person, ok := p.cfg.Directory.Person(id); ok {
		return person.Name
	}
	return string(id)
}

// by is the name of an account's owner, the account's id when it has none.
func (p *Pages) by(provider, account string) string {
	found := p.cfg.Directory.ByAccount(compliance.Account{Provider: provider, ID: account})
	if len(found) == 1 {
		return found[0].Name
	}
	if provider == "jira" && account == p.cfg.Rules.Tickets().BotAccount {
		return "Countersign"
	}
	return account
}

// linked lets those act who have an account at the vendor.
func (p *Pages) linked(provider, vendor string, act http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if who := p.acting(r); who.Accounts[provider] == "" {
			p.fail(w, r, http.StatusForbidden, who.Name+" has no account at "+vendor+" in the directory, so nothing was done. Act as somebody else, or add the account to people.yaml.")
			return
		}
		act(w, r)
	}
}

// zone is where a person's clock stands, UTC when it cannot be told.
func zone(person compliance.Person) *time.Location {
	if l, err := time.LoadLocation(person.Zone); err == nil {
		return l
	}
	return time.UTC
}
