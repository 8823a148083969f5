package engine

import (
	"fmt"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// clusterName is written into the store at its first start and cannot change.
const clusterName = "active"

// newServer puts the server together without starting it.
func newServer(c Config, p ports, stores datastores, l logger) (temporal.Server, error) {
	conf := serverConfig(c, p, stores)
	authorizer, err := authorization.GetAuthorizerFromConfig(&conf.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("engine: authorizer: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&conf.Global.Authorization, l)
	if err != nil {
		return nil, fmt.Errorf("engine: claim mapper: %w", err)
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(conf),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithLogger(l),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig(c.DynamicConfig)),
		// Every service knows the others by address. Without this they would
		// find each other by gossip, which costs time and ports at every start.
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(join(reachable(c.IP), p.frontend)),
			primitives.HistoryService:  static.SingleLocalHost(join(defaultIP, p.history)),
			primitives.MatchingService: static.SingleLocalHost(join(defaultIP, p.matching)),
			primitives.WorkerService:   static.SingleLocalHost(join(defaultIP, p.worker)),
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return server, nil
}

func serverConfig(c Config, p ports, stores datastores) *config.Config {
	frontend := join(reachable(c.IP), p.frontend)
	conf := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     mainStore,
			VisibilityStore:  stores.visibilityName(),
			NumHistoryShards: shards,
			DataStores:       stores.dataStores(),
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			"frontend": {RPC: config.RPC{GRPCPort: p.frontend, HTTPPort: p.http, BindOnIP: c.IP}},
			"history":  {RPC: config.RPC{GRPCPort: p.history, BindOnIP: defaultIP}},
			"matching": {RPC: config.RPC{GRPCPort: p.matching, BindOnIP: defaultIP}},
			"worker":   {RPC: config.RPC{GRPCPort: p.worker, BindOnIP: defaultIP}},
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}
	conf.Global.Membership = config.Membership{
		MaxJoinDuration:  30 * time.Second,
		BroadcastAddress: defaultIP,
	}
	if p.metrics > 0 {
		conf.Global.Metrics = &metrics.Config{Prometheus: &metrics.PrometheusConfig{
			ListenAddress: join(c.IP, p.metrics),
			HandlerPath:   "/metrics",
		}}
	}
	return conf
}
