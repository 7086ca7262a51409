//go:build scylla

package main

import "github.com/gocql/gocql"

type (
	ClusterConfig = gocql.ClusterConfig
	Session       = gocql.Session
	SslOptions    = gocql.SslOptions
)

const localOne = gocql.LocalOne

var (
	newCluster = gocql.NewCluster
	tokenAware = gocql.TokenAwareHostPolicy
	roundRobin = gocql.RoundRobinHostPolicy
)
