# The API server takes what the chart renders.

# takes asks the API server whether it would take the objects of a file, unknown fields and warnings being faults.
takes() { # file
	kubectl create --namespace meet --dry-run=server --validate=strict --warnings-as-errors -o name -f "$1" \
		>"$SCRATCH/logs/taken" 2>&1
}

check_objects() {
	local values name rendered=$SCRATCH/work/rendered
	mkdir "$rendered"
	check_strictness
	for values in server/deploy/helm/testdata/*.yaml; do
		name=$(basename "$values" .yaml)
		helm template anteroom "$chart" --namespace meet --values "$values" $(sed -n '1s/^# helm: //p' "$values") \
			>"$rendered/$name.yaml" || bad "$name is not rendered"
		takes "$rendered/$name.yaml" || bad "$name: an object is refused"
		[ "$(grep -c / "$SCRATCH/logs/taken")" = "$(grep -c '^kind:' "$rendered/$name.yaml")" ] || bad "$name: an object is missing"
		good "$name: the API server takes $(grep -c / "$SCRATCH/logs/taken") objects"
		check_pods "$rendered/$name.yaml"
		check_settings "$rendered/$name.yaml"
	done
}

# check_settings starts the program with the settings of a Deployment, a key and a database of its own, and asks its probes.
check_settings() { # file
	local work=$SCRATCH/work server path
	rm -f "$work"/settings*
	(umask 077; head -c 32 /dev/urandom | base64 >"$work/settings.key")
	kubectl create --namespace meet --dry-run=client -f "$1" -o json >"$work/settings.json"
	python3 "$cluster/pod.py" run "$(sed -n '/^kind: Deployment/,$s/^  name: //p' "$1" | head -n 1)" - ANTEROOM_LISTEN=127.0.0.1:8081 \
		ANTEROOM_ADMIN_LISTEN=off ANTEROOM_ROOT_KEY_FILE="$work/settings.key" ANTEROOM_DATABASE_URL="file:$work/settings.db" \
		ANTEROOM_SHUTDOWN_DELAY=0s <"$work/settings.json" >"$SCRATCH/logs/settings" 2>&1 &
	server=$!
	for path in $(sed -n 's#^ *path: \(.*/\(healthz\|readyz\)\)$#\1#p' "$1"); do
		within 30 curl -sf -m 5 "http://127.0.0.1:8081$path" || bad "$1: the program does not start, or does not answer $path"
	done
	kill "$server"
	wait "$server" || bad "$1: the program does not stop"
	good "$(basename "$1" .yaml): the program takes the settings, and answers its probes"
}

# check_pods sends the pods of Deployments and Jobs as such: only then are they judged as they will be.
check_pods() { # file
	local template
	for template in $(kubectl create --namespace meet --dry-run=client -f "$1" -o name | grep -E '^(deployment|job)'); do
		kubectl create --namespace meet --dry-run=client -f "$1" -o json |
			python3 "$cluster/pod.py" print "${template##*/}" >"$SCRATCH/work/pod.json"
		takes "$SCRATCH/work/pod.json" || bad "$1: a pod of $template is refused"
		good "$(basename "$1" .yaml): the restricted namespace takes the pods of $template"
	done
}

# check_strictness sends what must be refused: else the rest would prove nothing.
check_strictness() {
	local work=$SCRATCH/work
	cat >"$work/unknown.yaml" <<-'UNKNOWN'
		apiVersion: v1
		kind: Service
		metadata: {name: unknown}
		spec: {ports: [{port: 80}], selectors: {a: b}}
	UNKNOWN
	cat >"$work/unrestricted.yaml" <<-'UNRESTRICTED'
		apiVersion: v1
		kind: Pod
		metadata: {name: unrestricted}
		spec: {containers: [{name: a, image: a, securityContext: {runAsNonRoot: false}}]}
	UNRESTRICTED
	if takes "$work/unknown.yaml"; then bad 'an unknown field is taken'; fi
	grep -q 'unknown field "spec.selectors"' "$SCRATCH/logs/taken" || bad 'an unknown field is refused for another reason'
	if takes "$work/unrestricted.yaml"; then bad 'a pod without restrictions is taken'; fi
	grep -q 'violates PodSecurity "restricted' "$SCRATCH/logs/taken" || bad 'a pod without restrictions is refused for another reason'
	good 'unknown fields and pods without restrictions are refused'
}
