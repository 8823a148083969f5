package dependency

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	purl "github.com/package-url/packageurl-go"

	"github.com/lowcodex/countersign/compliance"
)

// split takes a package URL apart into the package, its version, and where its
// qualifiers say that it is fetched; everything else is left out.
func split(text string) (pkg, version, source string, err error) {
	if len(text) > 4*maxName {
		return "", "", "", errors.New("its package URL is longer than any real one")
	}
	p, err := purl.FromString(text)
	if err != nil || len(p.Name) > maxName || len(p.Namespace) > maxName || len(p.Version) > maxName {
		return "", "", "", fmt.Errorf("%q is no package URL: write it as in pkg:npm/lodash@4.17.21", compliance.Cut(text, 60))
	}
	for _, q := range p.Qualifiers {
		if q.Key == "repository_url" || q.Key == "download_url" || q.Key == "vcs_url" {
			source = host(q.Value)
		}
	}
	return plain(p.Type, p.Namespace, p.Name), p.Version, source, nil
}

// host is the host of an address, with any scheme but https before it.
func host(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "unreadable://"
	case u.Scheme == "": // repository_url may be "docker.io/library"
		first, _, _ := strings.Cut(address, "/")
		return compliance.Cut(strings.ToLower(first), maxName)
	case u.Scheme == "https":
		return compliance.Cut(strings.ToLower(u.Hostname()), maxName)
	}
	return compliance.Cut(u.Scheme+"://"+strings.ToLower(u.Hostname()), maxName)
}

// plain is the package URL of a package without a version.
func plain(kind, namespace, name string) string {
	return purl.NewPackageURL(kind, namespace, name, "", nil, "").ToString()
}

// withVersion adds a version to the package URL of a package.
func withVersion(pkg, version string) string {
	p, err := purl.FromString(pkg)
	if err != nil {
		return ""
	}
	p.Version = version
	return p.ToString()
}

// npm is the package URL of a package of npm, by its name with or without a scope.
func npm(name string) string {
	scope, rest, scoped := strings.Cut(name, "/")
	if !scoped {
		return plain(purl.TypeNPM, "", name)
	}
	return plain(purl.TypeNPM, scope, rest)
}

// title is a package's name for people: what it is called in its registry.
func title(pkg string) string {
	p, err := purl.FromString(pkg)
	switch {
	case err != nil:
		return pkg
	case p.Namespace == "":
		return p.Name
	}
	return p.Namespace + "/" + p.Name
}
