# An API server with etcd, on loopback.

start_apiserver() {
	ip link set lo up
	local work=$SCRATCH/work
	etcd --data-dir "$work/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
		--listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
		--initial-cluster default=http://127.0.0.1:2380 --unsafe-no-fsync >"$SCRATCH/logs/etcd" 2>&1 ||
		true &
	openssl genrsa -out "$work/accounts.key" 2048 2>/dev/null
	openssl rsa -in "$work/accounts.key" -pubout -out "$work/accounts.pub" 2>/dev/null
	echo 'operator,operator,operator,system:masters' >"$work/tokens"
	# No controller makes service accounts or their tokens here; everything else is judged as in a cluster.
	kube-apiserver --etcd-servers=http://127.0.0.1:2379 --cert-dir="$work/certificates" --bind-address=127.0.0.1 \
		--advertise-address=127.0.0.1 --endpoint-reconciler-type=none --secure-port=6443 \
		--service-cluster-ip-range=10.0.0.0/24 --authorization-mode=RBAC --token-auth-file="$work/tokens" \
		--service-account-issuer=https://cluster.test --service-account-key-file="$work/accounts.pub" \
		--service-account-signing-key-file="$work/accounts.key" --disable-admission-plugins=ServiceAccount \
		>"$SCRATCH/logs/apiserver" 2>&1 &
	export KUBECONFIG=$work/kubeconfig
	kubectl config set-cluster test --server=https://127.0.0.1:6443 --insecure-skip-tls-verify >/dev/null
	kubectl config set-credentials operator --token=operator >/dev/null
	kubectl config set-context test --cluster=test --user=operator >/dev/null
	kubectl config use-context test >/dev/null
	within 60 kubectl get --raw /readyz || bad 'the API server is not ready'
	good "an API server: $(kubectl get --raw /version | sed -n 's/.*"gitVersion": "\(.*\)",/\1/p')"

	local file
	for file in "$SCRATCH"/gateway-api/gateway*.yaml "$SCRATCH/servicemonitors.yaml" "$SCRATCH/contour.yaml"; do
		kubectl apply --server-side -f "$file" >>"$SCRATCH/logs/definitions" 2>&1 || bad 'custom resources'
	done
	kubectl wait --for=condition=Established --timeout=30s crd --all >/dev/null || bad 'custom resources'
	kubectl create -f "$cluster/cluster.yaml" >/dev/null || bad 'the namespace'
	within 20 kubectl get serviceaccounts --namespace meet || bad 'the namespace'
}
