package policy

import (
	"cmp"
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// Reach lists where a person is paged, in their order: their own where the
// rules give one, else the default. The provider of each account is the name of
// the channel. Channels at which they have no account are left out, so nothing
// means that they cannot be reached (I4).
func (r *Rules) Reach(p compliance.Person) []compliance.Account {
	if r.escalation == nil {
		return nil
	}
	return r.escalation.channels.reach(p.ID, p.Accounts, p.Email)
}

// ReachContact lists where a fixed contact is paged, in the default order; what
// that order leaves out follows by name.
func (r *Rules) ReachContact(name string) []compliance.Account {
	c, ok := r.Contact(name)
	if !ok {
		return nil
	}
	return r.escalation.channels.reachContact(c)
}

func (o channelOrder) reach(id compliance.PersonID, accounts map[string]string, email string) []compliance.Account {
	order := o.Default
	if own, has := o.People[id]; has {
		order = own
	}
	var out []compliance.Account
	for _, channel := range order {
		account := accounts[channel]
		if channel == compliance.MailChannel {
			account = cmp.Or(account, email) // everybody has an address there
		}
		if account != "" {
			out = append(out, compliance.Account{Provider: channel, ID: account})
		}
	}
	return out
}

func (o channelOrder) reachContact(c FixedContact) []compliance.Account {
	order := slices.Clone(o.Default)
	for _, channel := range sortedKeys(c.Accounts) {
		if !slices.Contains(order, channel) {
			order = append(order, channel)
		}
	}
	return channelOrder{Default: order}.reach("", c.Accounts, "")
}
