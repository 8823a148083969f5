package policy

import "context"

// Hold brings rules into force that the record says are, whatever the files say:
// those that a change brought, or that another process took up. Where they let an
// edit come into force by itself, the files are taken up after them.
func (s *Source) Hold(r *Rules) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Hash != s.rules.Hash {
		s.logger.Info("policy rules in force by the record", "version", r.Version, "before", s.rules.Version)
		s.rules = r
	}
	s.takeUp()
	s.noteProposed()
}

// Seen is what the files say, as last looked at.
type Seen struct {
	// Rules are the files'; nil while they are broken. In force are those of the
	// method Rules.
	Rules *Rules
	// Directory is the one in force: the files', unless they are broken.
	Directory *Directory
	// Content is the digest of the files as they are; Trouble what is wrong with them.
	Content string
	Trouble Problems
}

// Seen looks at the files. Its only error is the context's.
func (s *Source) Seen(ctx context.Context) (Seen, error) {
	if _, _, err := s.current(ctx); err != nil {
		return Seen{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return Seen{Rules: s.offered, Directory: s.directory, Content: s.content, Trouble: append(Problems(nil), s.trouble...)}, nil
}

// Proposed returns the files' rules where they are good and not in force, because
// it takes a change; nil otherwise. It does not look at the files itself.
func (s *Source) Proposed() *Rules {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offered == nil || s.offered.Hash == s.rules.Hash {
		return nil
	}
	return s.offered
}

// noteProposed logs once that an edit waits for its change.
func (s *Source) noteProposed() {
	proposed := ""
	if s.offered != nil && s.offered.Hash != s.rules.Hash {
		proposed = s.offered.Version
	}
	if proposed != "" && proposed != s.proposed {
		s.logger.Warn("policy edit is not in force: rules change only by a change; starter policy propose asks for it",
			"version", proposed, "in_force", s.rules.Version)
	}
	s.proposed = proposed
}
