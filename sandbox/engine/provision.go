package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retryPause is how long a question waits before it is asked again. Namespaces
// and their attributes are cached by the server for about two seconds.
const retryPause = 50 * time.Millisecond

// provisioner brings a running server to what the configuration asks for.
type provisioner struct {
	workflow workflowservice.WorkflowServiceClient
	operator operatorservice.OperatorServiceClient
	conf     Config
}

// provision returns when every namespace answers a query that names every
// search attribute, which is the latest thing to become ready.
func provision(ctx context.Context, address string, c Config) (err error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("engine: connect to %s: %w", address, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	p := provisioner{
		workflow: workflowservice.NewWorkflowServiceClient(conn),
		operator: operatorservice.NewOperatorServiceClient(conn),
		conf:     c,
	}
	for _, namespace := range c.Namespaces {
		steps := []func(context.Context, string) error{p.register, p.retain, p.reconcile, p.answer}
		for _, step := range steps {
			if err := step(ctx, namespace); err != nil {
				return fmt.Errorf("engine: namespace %q: %w", namespace, err)
			}
		}
	}
	return nil
}

// register creates the namespace if it is absent.
func (p provisioner) register(ctx context.Context, namespace string) error {
	_, err := p.workflow.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace}, grpc.WaitForReady(true))
	var absent *serviceerror.NamespaceNotFound
	if err = fromStatus(err); err == nil || !errors.As(err, &absent) {
		return err
	}
	_, err = p.workflow.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(p.conf.Retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if err = fromStatus(err); errors.As(err, &exists) {
		return nil
	}
	return err
}

// retain raises the retention of a namespace made with a shorter one.
func (p provisioner) retain(ctx context.Context, namespace string) error {
	found, err := p.workflow.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return fromStatus(err)
	}
	if found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() >= p.conf.Retention {
		return nil
	}
	_, err = p.workflow.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(p.conf.Retention)},
	})
	return fromStatus(err)
}

// reconcile adds the search attributes the namespace lacks. It is needed even
// though a new namespace gets them at its creation: a store that exists keeps
// what it was created with.
func (p provisioner) reconcile(ctx context.Context, namespace string) error {
	if len(p.conf.SearchAttributes) == 0 {
		return nil
	}
	var have map[string]enumspb.IndexedValueType
	if err := p.patiently(ctx, func() error {
		list, err := p.operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
		have = list.GetCustomAttributes()
		return err
	}); err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range p.conf.SearchAttributes {
		switch found, ok := have[name]; {
		case !ok:
			missing[name] = kind
		case found != kind:
			return fmt.Errorf("search attribute %s is a %s in the store and should be a %s; remove it with the "+
				"operator's tools or rename the new one", name, found, kind)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	err := p.patiently(ctx, func() error {
		_, err := p.operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: namespace, SearchAttributes: missing,
		})
		var exists *serviceerror.AlreadyExists
		if errors.As(fromStatus(err), &exists) {
			return nil // an earlier attempt whose answer was lost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("add search attributes %v: %w", slices.Sorted(maps.Keys(missing)), err)
	}
	return nil
}

// answer asks until the frontend knows the namespace and all its attributes.
func (p provisioner) answer(ctx context.Context, namespace string) error {
	conditions := make([]string, 0, len(p.conf.SearchAttributes))
	for _, name := range slices.Sorted(maps.Keys(p.conf.SearchAttributes)) {
		conditions = append(conditions, "`"+name+"` IS NULL")
	}
	err := p.patiently(ctx, func() error {
		_, err := p.workflow.ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: namespace, PageSize: 1, Query: strings.Join(conditions, " AND "),
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("query search attributes: %w", err)
	}
	return nil
}

// patiently repeats a call while its failure is one that a cache still to be
// refreshed causes, until the context ends.
func (p provisioner) patiently(ctx context.Context, call func() error) error {
	tick := time.NewTicker(retryPause)
	defer tick.Stop()
	for {
		err := fromStatus(call())
		var absent *serviceerror.NamespaceNotFound
		var invalid *serviceerror.InvalidArgument // an attribute not known yet
		var away *serviceerror.Unavailable
		if err == nil || !errors.As(err, &absent) && !errors.As(err, &invalid) && !errors.As(err, &away) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not ready in time: %w", err)
		}
	}
}
