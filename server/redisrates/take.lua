-- Takes one from each bucket, or nothing from any of them if one is empty. A bucket
-- is kept as what is used of it and when that was so, in microseconds; one that is
-- whole again is not kept. The clock is that of Redis, which all servers share.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local minute, wait, used = 60000000, 0, {}
for i, key in ipairs(KEYS) do
    local quota = tonumber(ARGV[i])
    used[i] = 0
    local kept = redis.call('GET', key)
    if kept then
        local before, at = string.match(kept, '^(%S+) (%d+)$')
        used[i] = math.max(0, tonumber(before) - math.max(0, now - tonumber(at)) * quota / minute)
    end
    if used[i] + 1 > quota + 0.000001 then
        wait = math.max(wait, math.ceil((used[i] + 1 - quota) * minute / quota))
    end
end
local answer = {wait}
for i, key in ipairs(KEYS) do
    local quota = tonumber(ARGV[i])
    if wait == 0 then
        used[i] = used[i] + 1
        local whole = math.ceil(used[i] * 60000 / quota)
        redis.call('SET', key, string.format('%.6f %.0f', used[i], now), 'PX', whole)
    end
    answer[i + 1] = string.format('%.6f', quota - used[i])
end
return answer
