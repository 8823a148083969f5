package noderedtest

import (
	"crypto/rand"
	_ "embed" // the lock that says which Node-RED this is
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// settingsOf writes the instance's settings. They are a program: it ends itself
// when the one that started it is gone.
func settingsOf(o LaunchOptions) ([]byte, error) {
	secret, err := keptSecret(filepath.Join(o.Dir, "credential-secret"))
	if err != nil {
		return nil, err
	}
	values, err := json.Marshal(map[string]any{
		"port": o.Port, "token": o.Token, "secret": secret, "parent": os.Getpid(), "editor": o.Editor,
	})
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, settingsText, values), nil
}

// keptSecret is what the instance encrypts credentials with; another one after a
// restart would lose them.
func keptSecret(file string) (string, error) {
	kept, err := os.ReadFile(file)
	if err == nil && len(kept) > 0 {
		return string(kept), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	secret := rand.Text()
	return secret, os.WriteFile(file, []byte(secret), 0o600)
}

const settingsText = `const values = %s;
setInterval(() => { if (process.ppid !== values.parent) process.exit(1); }, 500).unref();
module.exports = {
  uiHost: "127.0.0.1", uiPort: values.port, flowFile: "flows.json", credentialSecret: values.secret,
  disableEditor: !values.editor, telemetry: { enabled: false }, editorTheme: { projects: { enabled: false } },
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
if (values.token !== "") {
  const crypto = require("crypto");
  const sum = (text) => crypto.createHash("sha256").update(text).digest();
  module.exports.adminAuth = {
    type: "credentials", users: [], default: null,
    tokens: (given) => Promise.resolve(crypto.timingSafeEqual(sum(given), sum(values.token)) ? { username: "countersign", permissions: "*" } : null),
  };
}
`
