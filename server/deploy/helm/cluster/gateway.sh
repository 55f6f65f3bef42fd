# Contour and Envoy, which carry out Ingresses and HTTPRoutes, and backends at addresses that an EndpointSlice takes.

start_gateway() {
	local n work=$SCRATCH/work
	for n in 10 11 12 13 14; do ip address add "10.244.0.$n/32" dev lo; done
	python3 "$cluster/backends.py" meet-backend=10.244.0.11:8081 meet-backend-next=10.244.0.12:8081 \
		anteroom-canary=10.244.0.13:8081 anteroom-next=10.244.0.14:8081 >"$SCRATCH/logs/backends" 2>&1 &
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=meet.test -days 2 -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
	kubectl create secret tls public --namespace gateways --key "$work/tls.key" --cert "$work/tls.crt" >/dev/null || bad 'the gateway'
	kubectl create -f "$cluster/gateway.yaml" >/dev/null || bad 'the gateway'
	cat >"$work/contour.yaml" <<-'CONTOUR'
		gateway:
		  gatewayRef: {namespace: gateways, name: public}
	CONTOUR
	contour serve --insecure --kubeconfig "$KUBECONFIG" --disable-leader-election \
		--config-path "$work/contour.yaml" --ingress-class-name contour --xds-address=127.0.0.1 --xds-port=8001 \
		--http-address=127.0.0.1 --health-address=127.0.0.1 --debug-http-address=127.0.0.1 >"$SCRATCH/logs/contour" 2>&1 &
	contour bootstrap "$work/envoy.json" --xds-address=127.0.0.1 --xds-port=8001 --admin-address="$work/envoy.sock" \
		>"$SCRATCH/logs/bootstrap" 2>&1
	within 30 nc_open 127.0.0.1 8001 || bad 'Contour does not serve'
	envoy --config-path "$work/envoy.json" --concurrency 1 --service-cluster test --service-node test --log-level warning \
		>"$SCRATCH/logs/envoy" 2>&1 &
	within 30 curl -s --unix-socket "$work/envoy.sock" -f http://envoy/ready || bad 'Envoy is not ready'
	good "a gateway: $(basename "$(realpath "$(command -v contour)")"), $(basename "$(realpath "$(command -v envoy)")")"
}

# nc_open reports whether a port takes connections.
nc_open() { (exec 3<>"/dev/tcp/$1/$2"); }
