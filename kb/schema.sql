-- One file per vault. It can be rebuilt from the notes at any time, so there are no migrations: a new version rebuilds.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Every file: documents as read, attachments by name only (dialect NULL).
CREATE TABLE document (
    id          INTEGER PRIMARY KEY,
    layer       TEXT NOT NULL,              -- own | curated
    path        TEXT NOT NULL,              -- relative to its vault, with /
    mtime_ns    INTEGER NOT NULL,           -- of the last change: the later of mtime and ctime
    size        INTEGER NOT NULL,
    settled     INTEGER NOT NULL,           -- 0: changed within the clock's resolution of being read; look again
    digest      BLOB,
    dialect     TEXT,
    dialect_by  TEXT,
    title       TEXT,
    fragments   TEXT,                       -- JSON list: what `#...` in a link may name
    diagnostics TEXT,                       -- JSON list of [line, column, code, severity, message, hint]
    node        INTEGER,                    -- its own node, unless it is about exactly one thing
    UNIQUE (layer, path)
);
CREATE INDEX document_unsettled ON document (id) WHERE NOT settled;
CREATE INDEX document_diagnosed ON document (path) WHERE diagnostics <> '[]';

-- What a document is about.
CREATE TABLE entry (
    doc        INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    line       INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    key        TEXT NOT NULL,
    title      TEXT NOT NULL,
    ids        TEXT NOT NULL,               -- JSON list
    facts      TEXT NOT NULL,               -- JSON list of [field, value, line, column]
    mentioned  INTEGER NOT NULL,            -- 1: the document mentions it, but is not a note about it
    why        TEXT NOT NULL,               -- what the document says about a mentioned paper, in one line
    passage    TEXT NOT NULL,               -- the same, in full
    node       INTEGER,
    PRIMARY KEY (doc, n)
) WITHOUT ROWID;
CREATE INDEX entry_node ON entry (node);
CREATE INDEX entry_text ON entry (doc, mentioned, n, node);   -- from a full-text match to its paper, reading no rows

-- Claims, questions, experiments, comments and the like.
CREATE TABLE item (
    doc   INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    entry INTEGER NOT NULL,                 -- -1: the document
    kind  TEXT NOT NULL,
    line  INTEGER NOT NULL,
    text  TEXT NOT NULL,
    parts TEXT NOT NULL,                    -- JSON list of [name, text]
    PRIMARY KEY (doc, n)
) WITHOUT ROWID;

-- Entries that share a key may be one paper.
CREATE TABLE identity (key TEXT NOT NULL, doc INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (doc, n, key)) WITHOUT ROWID;
CREATE INDEX identity_key ON identity (key);

-- The names under which a document can be found. A change here matters to the links that look for them (`want`).
CREATE TABLE offer (
    key   TEXT NOT NULL,                    -- name:file.md | id:arxiv:1412.6980 | title:fold | key:citekey
    doc   INTEGER NOT NULL,
    n     INTEGER NOT NULL,                 -- entry, or -1 for the document itself
    stage TEXT NOT NULL,                    -- name | post | id | key | alias | title | head
    PRIMARY KEY (doc, n, stage, key)
) WITHOUT ROWID;
CREATE INDEX offer_key ON offer (key);

-- Links as they are written; links that ask for the same share one row of `meaning`.
CREATE TABLE written_link (
    doc     INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    entry   INTEGER NOT NULL,
    raw     TEXT NOT NULL,
    line    INTEGER NOT NULL,
    col     INTEGER NOT NULL,
    role    TEXT NOT NULL,
    why     TEXT NOT NULL,
    meaning INTEGER NOT NULL,
    PRIMARY KEY (doc, n)
) WITHOUT ROWID;
CREATE INDEX written_meaning ON written_link (meaning);

CREATE TABLE meaning (
    id           INTEGER PRIMARY KEY,
    layer        TEXT NOT NULL,             -- these seven are the question (`linker.meanings`)
    seen_from    TEXT NOT NULL,
    target       TEXT NOT NULL,
    fragment     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    among        TEXT NOT NULL,
    is_obsidians INTEGER NOT NULL,
    how          TEXT,                      -- these six are the answer
    status       TEXT,
    to_doc       INTEGER,
    to_node      INTEGER,
    to_kind      TEXT,
    candidates   TEXT                       -- JSON list of paths
);
CREATE INDEX meaning_target ON meaning (target, seen_from, fragment);
CREATE INDEX meaning_node ON meaning (to_node);

-- For `check`, to find without a full scan: links that lead nowhere, or are found only by name.
CREATE INDEX meaning_doubtful ON meaning (id)
    WHERE status NOT IN ('ok', 'external', 'person', 'work') OR kind = 'markdown' AND how <> 'relative' AND how <> 'exact-path';
CREATE VIEW doubtful_meaning AS SELECT * FROM meaning INDEXED BY meaning_doubtful
    WHERE status NOT IN ('ok', 'external', 'person', 'work') OR kind = 'markdown' AND how <> 'relative' AND how <> 'exact-path';

-- What an answer depends on, numbered by `linker.offers.watched`.
CREATE TABLE want (key INTEGER NOT NULL, meaning INTEGER NOT NULL);
CREATE INDEX want_key ON want (key, meaning);
CREATE INDEX want_meaning ON want (meaning);

-- Without works that are cited in full and not known.
CREATE VIEW link AS
    SELECT w.doc, w.n, w.entry, w.raw, w.line, w.col, m.kind, m.target, m.fragment, w.role, w.why, m.how, m.status,
           m.to_doc, m.to_node, m.candidates
    FROM written_link w JOIN meaning m ON m.id = w.meaning WHERE m.status <> 'work';

CREATE TABLE node (
    id             INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,           -- paper | pattern | constraint | document | ghost | implementation
    key            TEXT NOT NULL,
    title          TEXT NOT NULL,
    date           TEXT,                    -- as precise as it is known: 2017, 2017-06, 2017-06-12
    first_day      TEXT,
    last_day       TEXT,
    arxiv_id       TEXT,
    doi            TEXT,
    venue          TEXT,
    family         TEXT,
    category       TEXT,
    status         TEXT,                    -- the reader's own: read, unread, ...
    code_status    TEXT,                    -- none | unverified | verified | claim-held | claim-not-reproduced | stale
    implementation TEXT,
    path           TEXT,                    -- primary note
    layer          TEXT,                    -- of the primary note
    facts          TEXT,                    -- JSON: field -> list of candidates, the winner first
    wish           TEXT,                    -- the key it gets unless another node has it
    wish_rank      INTEGER,                 -- 0 curated, 1 front matter, 2 file name
    spare          TEXT                     -- the key it gets otherwise
);
CREATE UNIQUE INDEX node_name ON node (kind, key);
CREATE INDEX node_wish ON node (wish, kind);
CREATE INDEX node_key ON node (key);
CREATE INDEX node_arxiv ON node (arxiv_id);
CREATE INDEX node_date ON node (first_day, last_day, kind, key);
CREATE INDEX node_path ON node (path);
CREATE INDEX node_code ON node (implementation) WHERE implementation IS NOT NULL;

-- Also for `check`: several candidates for a field, an implementation named by a note, a year before the arXiv id's.
CREATE INDEX node_doubtful ON node (id) WHERE instr(facts, '"], [') OR instr(facts, '"implementation": ')
    OR substr(first_day, 1, 4) < '20' || substr(arxiv_id, 1, 2);
CREATE VIEW doubtful_node AS SELECT * FROM node INDEXED BY node_doubtful WHERE instr(facts, '"], [')
    OR instr(facts, '"implementation": ') OR substr(first_day, 1, 4) < '20' || substr(arxiv_id, 1, 2);

-- Fields with several values: author, tag, alias, id, name (folded title and aliases, for names that people type), and
-- cut (`authors` if there are more than are listed).
CREATE TABLE value (field TEXT NOT NULL, value TEXT NOT NULL, node INTEGER NOT NULL, position INTEGER NOT NULL);
CREATE INDEX value_field ON value (field, value, node);
CREATE INDEX value_node ON value (node);
CREATE INDEX value_tag ON value (lower(value), node) WHERE field = 'tag';

CREATE TABLE edge (
    type   TEXT NOT NULL,                   -- cites | builds-on | uses-pattern | raises-constraint | discusses | links | implements | broader
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    role   TEXT NOT NULL,
    why    TEXT NOT NULL,
    doc    INTEGER,                         -- the document that says so; NULL for an implementation's card
    line   INTEGER NOT NULL
);
CREATE INDEX edge_source ON edge (source, type, target);     -- with the other end: a walk along edges reads no rows
CREATE INDEX edge_target ON edge (target, type, source);
CREATE INDEX edge_doc ON edge (doc);
CREATE INDEX edge_cites ON edge (source) WHERE type = 'cites';

-- All builds-on edges in the order that `kb.query.reach` needs; empty if it was not needed since the last change.
CREATE TABLE ordered (
    id       INTEGER PRIMARY KEY,
    size     INTEGER NOT NULL,
    circling BLOB NOT NULL,
    nodes    BLOB NOT NULL,
    parents  BLOB NOT NULL
);

-- What an implementation's card and records say, for `show`.
CREATE TABLE implementation (id TEXT PRIMARY KEY, node INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;

-- What full-text search sees (`kb.searchable`).
-- Row document << 20 is the whole document; row document << 20 | n + 1 is its passage about the paper of entry n.
CREATE VIRTUAL TABLE text USING fts5 (title, body, tokenize = "unicode61 remove_diacritics 2");
