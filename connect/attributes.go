package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// Names of the search attributes, as they are written in list queries.
const (
	NameProcess     = "Process"
	NameStage       = "Stage"
	NameNumber      = "Number"
	NameSystem      = "System"
	NameAwaiting    = "Awaiting"
	NameDue         = "Due"
	NameSeverity    = "Severity"
	NameEnvironment = "Environment"
)

// The search attributes every process sets: at its start and, all together, at
// a change of stage. They are stored in clear text whatever the codec, so they
// hold opaque ids and terms of the policy, never a name or a text of a person.

// Process is which process it is, e.g. "change".
func Process() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(NameProcess)
}

// Stage is the state the process is in, by its typed name, e.g. "review".
func Stage() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(NameStage)
}

// Number is the number in its series, e.g. "CHG-12", once it has one.
func Number() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(NameNumber)
}

// System is the id of the system it is about.
func System() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(NameSystem)
}

// Awaiting holds the opaque ids of the people whose act is awaited.
func Awaiting() temporal.SearchAttributeKeyKeywordList {
	return temporal.NewSearchAttributeKeyKeywordList(NameAwaiting)
}

// Due is the instant by which that act is due, UTC.
func Due() temporal.SearchAttributeKeyTime {
	return temporal.NewSearchAttributeKeyTime(NameDue)
}

// Severity is the severity or risk class by the policy's own name.
func Severity() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(NameSeverity)
}

// Environment is the environment by the policy's own name, e.g. "production".
func Environment() temporal.SearchAttributeKeyKeyword {
	return temporal.NewSearchAttributeKeyKeyword(NameEnvironment)
}

// SearchAttributes returns every search attribute of the product with its type,
// as a namespace must have them. The map is the caller's.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	keys := []temporal.SearchAttributeKey{
		Process(), Stage(), Number(), System(), Awaiting(), Due(), Severity(), Environment(),
	}
	all := make(map[string]enumspb.IndexedValueType, len(keys))
	for _, k := range keys {
		all[k.GetName()] = k.GetValueType()
	}
	return all
}

// Reconcile gives the namespace the search attributes it lacks and returns
// their names. Running it again, or from several programs at once, is harmless.
// On Temporal Cloud, where the call needs another permission than a worker has,
// the error names what is missing so that it can be added by hand.
func Reconcile(ctx context.Context, c client.Client, namespace string) (added []string, err error) {
	list, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("search attributes of namespace %q: %w", namespace, err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range SearchAttributes() {
		switch found, ok := list.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = kind
		case found != kind:
			return nil, fmt.Errorf("namespace %q has a search attribute %s of type %s, Countersign needs it as %s; "+
				"use a namespace of its own for Countersign", namespace, name, found, kind)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	added = slices.Sorted(maps.Keys(missing))
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return nil, fmt.Errorf("add search attributes %v to namespace %q: %w", added, namespace, err)
	}
	return added, nil
}
