//go:build !scylla

package main

import gocql "github.com/apache/cassandra-gocql-driver/v2"

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
