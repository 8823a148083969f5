package dependency

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/lowcodex/countersign/compliance"
)

// readSBOM reads a CycloneDX inventory. Its own statements about vulnerabilities
// are not read: an inventory does not vouch for itself.
func readSBOM(data []byte) ([]Component, error) {
	if err := (compliance.JSONBounds{Bytes: maxManifest, Nesting: maxNesting}).Unambiguous(data); err != nil {
		return nil, err
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return nil, errors.New("it is not in the form of CycloneDX: " + compliance.Cut(err.Error(), 150))
	}
	switch {
	case bom.BOMFormat != cdx.BOMFormat:
		return nil, fmt.Errorf("bomFormat is %q; only %s is read", compliance.Cut(bom.BOMFormat, 30), cdx.BOMFormat)
	case bom.SpecVersion < cdx.SpecVersion1_2 || bom.SpecVersion > cdx.SpecVersion1_7:
		return nil, errors.New("its specVersion is not read: 1.2 to 1.7 are")
	case bom.Components == nil:
		return nil, nil // Judge and Allow say that it names nothing
	}
	return inventory(*bom.Components, nil)
}

// inventory flattens nested components; the nesting is bounded by maxNesting.
func inventory(list []cdx.Component, out []Component) ([]Component, error) {
	var err error
	for _, c := range list {
		if next, ok, fault := component(c); fault != nil {
			return nil, fault
		} else if ok {
			out = append(out, next)
		}
		if len(out) > maxComponents {
			return out, nil // Parse refuses it
		}
		if c.Components == nil {
			continue
		}
		if out, err = inventory(*c.Components, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// component reads one component; false for what is no package. The version in the
// package URL counts, and another one beside it is refused.
func component(c cdx.Component) (Component, bool, error) {
	noPackage := []cdx.ComponentType{cdx.ComponentTypeFile, cdx.ComponentTypeData, cdx.ComponentTypeCryptographicAsset}
	if c.PackageURL == "" && slices.Contains(noPackage, c.Type) {
		return Component{}, false, nil
	}
	if len(c.Name) > maxName || len(c.Group) > maxName || len(c.Version) > maxName {
		return Component{}, false, fmt.Errorf("component %q: a name or version is longer than %d bytes", compliance.Cut(c.Name, 40), maxName)
	}
	out := Component{Name: c.Name, Version: c.Version}
	if c.Group != "" {
		out.Name = c.Group + "/" + c.Name
	}
	if c.PackageURL == "" {
		if out.Name == "" {
			return Component{}, false, errors.New("a component has neither a name nor a package URL")
		}
		return out, true, nil
	}
	pkg, version, from, err := split(c.PackageURL)
	if err != nil {
		return Component{}, false, fmt.Errorf("component %q: %w", compliance.Cut(out.Name, 60), err)
	}
	if version != "" && c.Version != "" && version != c.Version {
		return Component{}, false, fmt.Errorf("component %q has version %q, and %q in its package URL: make the inventory anew", compliance.Cut(out.Name, 60), compliance.Cut(c.Version, 40), compliance.Cut(version, 40))
	}
	out.Package, out.Name, out.Source = pkg, title(pkg), from
	if version != "" {
		out.Version = version
	}
	return out, true, nil
}
