package command

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/sandbox/engine"
)

// parsePostgres reads postgres://user@host:port/database?visibility=database,
// whose further parameters go to the connection. The password comes from the
// environment, because arguments are visible to every user of the machine.
func parsePostgres(address string) (*engine.Postgres, error) {
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("--postgres: not a URL of the form postgres://user@host:port/database")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, fmt.Errorf("--postgres: the scheme is %q, it should be postgres", u.Scheme)
	}
	if _, ok := u.User.Password(); ok {
		return nil, errors.New("--postgres: keep the password out of the arguments; set PGPASSWORD or PGPASSWORD_FILE")
	}
	p := &engine.Postgres{
		Host: u.Hostname(), User: u.User.Username(),
		Database:   strings.TrimPrefix(u.Path, "/"),
		Attributes: map[string]string{},
	}
	if text := u.Port(); text != "" {
		if p.Port, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("--postgres: port %q is not a number", text)
		}
	}
	for key, values := range u.Query() {
		if key == "visibility" {
			p.Visibility = values[0]
			continue
		}
		p.Attributes[key] = values[0]
	}
	p.Password, err = postgresPassword()
	return p, err
}

func postgresPassword() (string, error) {
	file := os.Getenv("PGPASSWORD_FILE")
	if file == "" {
		return os.Getenv("PGPASSWORD"), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("PGPASSWORD_FILE: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}
