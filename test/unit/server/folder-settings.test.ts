// Folders of one workspace have settings of their own: each file is judged by those of its folder.
import assert from 'node:assert/strict';
import { CodeLensRequest, DiagnosticSeverity, HoverRequest } from 'vscode-languageserver/node';
import { SETTINGS_CHANGED } from '../../../protocol/messages';
import { abandonedIn } from '../../abandoned';
import { type LanguageServer, settingsByFolder, startLanguageServer } from './language-server';

const ABANDONED = abandonedIn('p');
const TEST = 'package p\n\nimport "testing"\n\nfunc TestFirst(t *testing.T) {}\n';
const PLACES = ['strict', 'strict/inner', 'lax', 'elsewhere'];

describe('the language server in a workspace of several folders', () => {
  let server: LanguageServer;
  before(async () => {
    server = await startLanguageServer({
      settings: { codeLens: false },
      folders: {
        strict: { checks: { 'abandoned-channel': 'error' } },
        'strict/inner': { hover: false, checks: { 'abandoned-channel': 'hint' } },
        lax: { checks: { 'abandoned-channel': 'off' } },
      },
    });
    for (const place of PLACES) {
      await server.open(`${place}/p.go`, ABANDONED);
      await server.open(`${place}/p_test.go`, TEST);
    }
  });
  after(() => server?.stop());

  const severity = async (place: string, wanted: DiagnosticSeverity | undefined) => {
    await server.diagnostics(`${place}/p.go`, (all) => all[0]?.severity === wanted);
  };

  it('takes severities of the innermost folder, and of the window outside of all', async () => {
    await severity('strict', DiagnosticSeverity.Error);
    await severity('strict/inner', DiagnosticSeverity.Hint);
    await severity('elsewhere', DiagnosticSeverity.Warning);
    await severity('lax', undefined);
  });

  it('answers by them', async () => {
    const hovers = async (place: string) => {
      const textDocument = { uri: server.uri(`${place}/p.go`) };
      return server.connection.sendRequest(HoverRequest.type, { textDocument, position: { line: 5, character: 2 } });
    };
    assert.ok(await hovers('strict'));
    assert.equal(await hovers('strict/inner'), null);
    const lenses = async (place: string) => {
      const textDocument = { uri: server.uri(`${place}/p_test.go`) };
      return (await server.connection.sendRequest(CodeLensRequest.type, { textDocument }))?.length;
    };
    assert.equal(await lenses('lax'), 1);
    assert.equal(await lenses('elsewhere'), 0);
  });

  it('follows when settings change and folders go', async () => {
    const folders = { lax: { checks: { 'abandoned-channel': 'information' as const } } };
    await server.connection.sendNotification(SETTINGS_CHANGED, settingsByFolder(server.uri, {}, folders));
    await severity('lax', DiagnosticSeverity.Information);
    await severity('strict', DiagnosticSeverity.Warning);
    await severity('strict/inner', DiagnosticSeverity.Warning);
  });
});
