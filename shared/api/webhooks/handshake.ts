/** Longest validation token that is answered; Graph's have some hundred characters. */
const LONGEST_TOKEN = 4_096;

/**
 * The answer to Graph's validation request, or null where the request is none: the decoded token exactly, as text that no
 * browser takes for markup. Stateless, and free of imports: it must be answered by a cold worker within 10 s (graph-facts 4.2).
 */
export function answerHandshake(url: string): Response | null {
  const token = new URL(url).searchParams.get('validationToken');
  if (token === null || token === '' || token.length > LONGEST_TOKEN) return null;
  return new Response(token, {
    status: 200,
    headers: { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' },
  });
}
