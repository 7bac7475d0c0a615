<?php
// A receiver in plain PHP 8: WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:8000 receiver.php
declare(strict_types=1);

const TOLERANCE_SECONDS = 300;

/** Standard Webhooks: HMAC-SHA256 of "id.timestamp.body"; several signatures while a secret is rotated, one that fits is enough. */
function is_signed(string $secret, string $id, string $timestamp, string $signatures, string $body): bool
{
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    $key = base64_decode(substr($secret, strlen('whsec_')), true);
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    $fits = false;
    foreach (explode(' ', $signatures) as $signature) {
        // Takes as long for a wrong signature as for the right one.
        $fits = hash_equals($expected, $signature) || $fits;
    }
    return $fits;
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST' || strtok($_SERVER['REQUEST_URI'], '?') !== '/webhooks') {
    http_response_code(404);
    return;
}
// The bytes as they came: decoded and encoded again they would no longer fit the signature.
$body = file_get_contents('php://input');
$id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
$timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
$signatures = $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '';
if (!is_signed((string) getenv('WEBHOOK_SECRET'), $id, $timestamp, $signatures, $body)) {
    http_response_code(401);
    return;
}
// SQLite here; any database with a primary key does. Do your own writes in the same transaction, or work from the table later.
$inbox = new PDO('sqlite:' . (getenv('INBOX') ?: 'inbox.sqlite'));
$inbox->exec('CREATE TABLE IF NOT EXISTS webhook (id TEXT PRIMARY KEY, body BLOB)');
$inbox->prepare('INSERT INTO webhook (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING')->execute([$id, $body]);
http_response_code(204);
