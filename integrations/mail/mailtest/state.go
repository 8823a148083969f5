package mailtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// load reads the mailboxes of before a restart.
func load(file string) ([]Mail, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mailtest: state: %w", err)
	}
	var mails []Mail
	if err := json.Unmarshal(raw, &mails); err != nil {
		return nil, fmt.Errorf("mailtest: state in %s is damaged; remove the file to start afresh: %w", file, err)
	}
	return mails, nil
}

// save stores the mailboxes, replaced in one step, before a mail is said to be
// taken. The lock is held.
func (s *Server) save() error {
	if s.o.SaveTo == "" {
		return nil
	}
	raw, err := json.Marshal(s.mails)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.o.SaveTo), ".mail-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), s.o.SaveTo)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it says what is wrong already
	}
	return err
}
