package policy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// SourceConfig configures a Source.
type SourceConfig struct {
	// Dir is the policy directory, with the folders rules and directory; required.
	Dir string
	// Logger is told of broken edits, once each, and of new versions; required.
	Logger *slog.Logger
	// Settle is how long a file must have been left alone before an edit of it
	// is taken up, so that a file half written is not read: cut short, it could
	// still be a policy, one without its last freezes. Zero means one second,
	// negative means at once.
	Settle time.Duration
	// Held are the rules in force where the files only propose others, as Hold
	// says; nil takes the files'.
	Held *Rules
}

const defaultSettle = time.Second

// Source gives the policy as it stands on disk now. It looks at the files each
// time it is asked and reads them again when one of them has changed; it needs
// no goroutine and no closing. It is safe for use from several goroutines.
//
// A broken edit is not taken up: what was in force stays in force, the
// problems are logged once and Trouble tells of them until they are mended. The
// directory is judged by itself, so that a broken rule does not keep somebody
// who has left in their groups.
//
// Where the rules in force say that they come into force only by a change, an edit
// of them is not taken up either, until Hold says that it is.
type Source struct {
	dir    string
	logger *slog.Logger
	settle time.Duration
	now    func() time.Time

	mu        sync.Mutex
	rules     *Rules
	directory *Directory
	offered   *Rules // what the files say; nil while they are broken
	proposed  string // version of what the files say and is not in force, once logged
	trouble   Problems
	since     time.Time // when the trouble began; zero without any
	seen      listing   // the files as they were when last read
	content   string    // digest of what was last read
}

// OpenSource loads the policy. It returns an error of type Problems when the
// policy is broken: without a good version nothing can be in force. With rules that
// are held the directory alone has to be good.
func OpenSource(cfg SourceConfig) (*Source, error) {
	switch {
	case cfg.Dir == "":
		return nil, errors.New("policy source: Dir is missing; give the policy directory")
	case cfg.Logger == nil:
		return nil, errors.New("policy source: Logger is missing; broken edits must be seen by somebody")
	}
	s := &Source{dir: cfg.Dir, logger: cfg.Logger, settle: cfg.Settle, now: time.Now}
	if s.settle == 0 {
		s.settle = defaultSettle
	}
	// The listing is taken before the content: an edit in between then looks
	// new the next time. The other way about it would never be seen.
	var err error
	if s.seen, err = list(os.DirFS(cfg.Dir)); err != nil {
		return nil, fmt.Errorf("policy source: %w", err)
	}
	text := read(os.DirFS(cfg.Dir))
	s.content = text.digest()
	var problems Problems
	s.offered, s.directory, problems = text.load()
	if s.rules = cfg.Held; s.rules == nil {
		s.rules = s.offered
	}
	if s.rules == nil || s.directory == nil {
		return nil, problems
	}
	s.note(problems)
	s.noteProposed()
	return s, nil
}

// Rules returns the rules in force. Its only error is the context's.
func (s *Source) Rules(ctx context.Context) (*Rules, error) {
	r, _, err := s.current(ctx)
	return r, err
}

// Directory returns the directory in force. Its only error is the context's.
func (s *Source) Directory(ctx context.Context) (*Directory, error) {
	_, d, err := s.current(ctx)
	return d, err
}

// Trouble returns what keeps the files, as last looked at, from being in
// force; empty when they are. It does not look at the files itself.
func (s *Source) Trouble() Problems {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(Problems(nil), s.trouble...)
}

// TroubleSince is when the files stopped being in force as they are, which is
// when somebody asked after it; zero while they are in force.
func (s *Source) TroubleSince() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.since
}

func (s *Source) current(ctx context.Context) (*Rules, *Directory, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh()
	return s.rules, s.directory, nil
}

// refresh takes up what has changed on disk. The caller holds the lock, so
// that the others wait for one reading instead of each making their own.
func (s *Source) refresh() {
	fsys := os.DirFS(s.dir)
	now, err := list(fsys)
	if err != nil {
		s.note(Problems{{File: ".", Text: "the policy directory cannot be read: " + cause(err), Hint: "bring it back; what was in force stays in force"}})
		s.content = "" // whatever comes back is looked at afresh
		s.seen = nil
		return
	}
	if now.same(s.seen) || now.youngerThan(s.settle, s.now()) {
		return
	}
	text := read(fsys)
	content := text.digest()
	// A file written within the grain of the file system's clock can change
	// again without looking different, so such a listing is not believed yet.
	s.seen = now
	if now.youngerThan(clockGrain, s.now()) {
		s.seen = nil
	}
	if content == s.content {
		return
	}
	s.content = content
	rules, directory, problems := text.follow(s.directory, s.now())
	s.note(problems)
	if directory != nil && directory.Hash != s.directory.Hash {
		s.logger.Info("policy directory taken up", "version", directory.Version, "before", s.directory.Version)
		s.directory = directory
	}
	s.offered = rules
	s.takeUp()
	s.noteProposed()
}

// takeUp brings the files' rules into force, unless those in force say that it
// takes a change.
func (s *Source) takeUp() {
	if s.offered == nil || s.offered.Hash == s.rules.Hash || s.rules.organisation.Rules.Required {
		return
	}
	s.logger.Info("policy rules taken up", "version", s.offered.Version, "before", s.rules.Version)
	s.rules = s.offered
}

// note keeps the problems for Trouble and logs each new set of them once.
func (s *Source) note(problems Problems) {
	if len(problems) > 0 && problems.Error() != s.trouble.Error() {
		s.logger.Error("policy edit is broken and not in force; the last good version stays",
			"problems", problems.Error(), "count", len(problems), "rules", s.rules.Version, "directory", s.directory.Version)
	}
	if len(problems) == 0 && len(s.trouble) > 0 {
		s.logger.Info("policy is in order again")
	}
	switch {
	case len(problems) == 0:
		s.since = time.Time{}
	case s.since.IsZero():
		s.since = s.now()
	}
	s.trouble = problems
}
