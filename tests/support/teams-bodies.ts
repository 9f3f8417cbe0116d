/** A link as Teams writes it for a meeting of a company. */
export const JOIN_URL =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjY0ZTk3YWMt%40thread.v2/0?context=%7b%22Tid%22%3a%225fae-1%22%2c%22Oid%22%3a%229bd0-2%22%7d';

const RULER = '_'.repeat(80);
const link = (text: string): string => `<a href="${JOIN_URL}" class="me-email-headline" target="_blank">${text}</a>`;
const dial =
  '<a class="me-email-link" href="tel:&#43;1 323-555-0100,,291633251# " target="_blank">&#43;1 323-555-0100</a>';

/** The join block in the form of 2020: rulers and text stand beside each other. */
const siblings = [
  `<div style="width:100%; height:20px"><span style="white-space:nowrap; opacity:.36">${RULER}</span>\r\n</div>`,
  '<div class="me-email-text" lang="en-US" style="color:#252424; font-family:\'Segoe UI\',Arial">',
  '<div style="margin-top:24px"><span style="font-size:24px">Microsoft Teams meeting</span></div>',
  `<div style="margin-bottom:20px">${link('Click\r\n here to join the meeting')} </div>`,
  `<div><div>${dial}<span>&nbsp; United States, Los Angeles</span></div></div>`,
  '<div>Phone Conference ID: <span style="font-size:14px">291 633 251#</span></div>',
  '<a href="https://aka.ms/JoinTeamsMeeting">Learn More</a> | <a href="https://teams.microsoft.com/meetingOptions/?a=1&amp;b=2">Meeting options</a>',
  '</div>',
  `<div style="width:100%; height:20px"><span style="white-space:nowrap; opacity:.36">${RULER}</span>\r\n</div>`,
].join('\r\n');

/** The join block in the form of 2024, in another language: one element holds all of it, with a line within. */
const nested = [
  '<div class="me-email-text" lang="de-DE" style="max-width:1024px; color:#242424">',
  `<div aria-hidden="true" style="overflow:hidden; white-space:nowrap">\r\n${RULER}</div>`,
  '<div><span style="font-size:24px">Microsoft Teams</span><a href="https://aka.ms/JoinTeamsMeeting?omkt=de-DE">Hilfe</a></div>',
  `<div>${link('Jetzt an der Besprechung teilnehmen')} </div>`,
  '<div>Besprechungs-ID: <span>234 567 890 12</span></div>\r\n<hr style="border:0">',
  '<div>Telefonkonferenz-ID: <span>291&nbsp;633&nbsp;251#</span></div>',
  '<div><a href="https://teams.microsoft.com/meetingOptions/?a=1">Optionen</a></div>',
  `<div aria-hidden="true">\r\n${RULER}</div>\r\n</div>`,
].join('\r\n');

/** A block and a body that holds it, with the words of a person around. */
export interface Sample {
  readonly name: string;
  readonly block: string;
  readonly html: string;
}

const page = (inner: string): string =>
  `<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n<style><!-- p > a { } --></style></head>\r\n<body>\r\n${inner}\r\n</body>\r\n</html>\r\n`;

/** Bodies as Graph sends them. */
export const samples: readonly Sample[] = [
  { name: 'with rulers beside its text', block: siblings, html: page(`Old agenda<br>\r\n<br>\r\n${siblings}`) },
  {
    name: 'in one element',
    block: nested,
    html: page(`<div>Old agenda</div>\r\n${nested}\r\n<div>Old postscript</div>`),
  },
  {
    name: 'within the element of the agenda',
    block: siblings,
    html: page(
      `<div class="WordSection1">\r\n<p>Old agenda &lt;1&gt;<p>Old ${'_'.repeat(30)} line\r\n${siblings}</div>`,
    ),
  },
];

/** The same as plain text. */
export const TEXT_BLOCK = `${RULER}\r\nMicrosoft Teams meeting\r\nJoin the meeting <${JOIN_URL}>\r\nPhone Conference ID: 291 633 251#\r\n${RULER}`;
