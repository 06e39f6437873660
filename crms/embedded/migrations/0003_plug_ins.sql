-- Plug-in steps: messages, the tables they may be raised for, endpoints and steps. Their first rows
-- are put in when the file is opened, also into one of an earlier version.

CREATE TABLE sdkmessage (
  "autotransact" INTEGER,
  "availability" INTEGER,
  "categoryname" TEXT COLLATE NOCASE,
  "createdby" BLOB,
  "createdon" INTEGER,
  "isactive" INTEGER,
  "isprivate" INTEGER,
  "isreadonly" INTEGER,
  "isvalidforexecuteasync" INTEGER,
  "modifiedby" BLOB,
  "modifiedon" INTEGER,
  "name" TEXT COLLATE NOCASE,
  "organizationid" BLOB,
  "sdkmessageid" BLOB PRIMARY KEY NOT NULL,
  "sdkmessageidunique" BLOB,
  "template" INTEGER,
  "versionnumber" INTEGER,
  "workflowsdkstepenabled" INTEGER
);

CREATE TABLE sdkmessagefilter (
  "availability" INTEGER,
  "createdby" BLOB,
  "createdon" INTEGER,
  "iscustomprocessingstepallowed" INTEGER,
  "ismanaged" INTEGER,
  "isvisible" INTEGER,
  "modifiedby" BLOB,
  "modifiedon" INTEGER,
  "name" TEXT COLLATE NOCASE,
  "organizationid" BLOB,
  "primaryobjecttypecode" TEXT COLLATE NOCASE,
  "restrictionlevel" INTEGER,
  "sdkmessagefilterid" BLOB PRIMARY KEY NOT NULL,
  "sdkmessagefilteridunique" BLOB,
  "sdkmessageid" BLOB,
  "secondaryobjecttypecode" TEXT COLLATE NOCASE,
  "versionnumber" INTEGER,
  "workflowsdkstepenabled" INTEGER
);

CREATE TABLE sdkmessageprocessingstep (
  "asyncautodelete" INTEGER,
  "canbebypassed" INTEGER,
  "category" TEXT COLLATE NOCASE,
  "createdby" BLOB,
  "createdon" INTEGER,
  "createdonbehalfby" BLOB,
  "eventhandler" BLOB,
  "impersonatinguserid" BLOB,
  "ismanaged" INTEGER,
  "mode" INTEGER,
  "modifiedby" BLOB,
  "modifiedon" INTEGER,
  "modifiedonbehalfby" BLOB,
  "name" TEXT COLLATE NOCASE,
  "organizationid" BLOB,
  "rank" INTEGER,
  "sdkmessagefilterid" BLOB,
  "sdkmessageid" BLOB,
  "sdkmessageprocessingstepid" BLOB PRIMARY KEY NOT NULL,
  "sdkmessageprocessingstepidunique" BLOB,
  "stage" INTEGER,
  "statecode" INTEGER,
  "statuscode" INTEGER,
  "supporteddeployment" INTEGER,
  "versionnumber" INTEGER,
  "configuration" TEXT,
  "description" TEXT,
  "filteringattributes" TEXT
);

CREATE TABLE serviceendpoint (
  "authtype" INTEGER,
  "connectionmode" INTEGER,
  "contract" INTEGER,
  "createdby" BLOB,
  "createdon" INTEGER,
  "createdonbehalfby" BLOB,
  "isauthvalueset" INTEGER,
  "ismanaged" INTEGER,
  "messagecharset" INTEGER,
  "messageformat" INTEGER,
  "modifiedby" BLOB,
  "modifiedon" INTEGER,
  "modifiedonbehalfby" BLOB,
  "name" TEXT COLLATE NOCASE,
  "organizationid" BLOB,
  "serviceendpointid" BLOB PRIMARY KEY NOT NULL,
  "serviceendpointidunique" BLOB,
  "userclaim" INTEGER,
  "versionnumber" INTEGER,
  "authvalue" TEXT,
  "description" TEXT,
  "url" TEXT
);

-- What an endpoint is asked with. It stands apart, so that no read of a row ever shows it.
CREATE TABLE serviceendpoint_auth (
  serviceendpointid BLOB PRIMARY KEY NOT NULL,
  authvalue TEXT NOT NULL
);

CREATE INDEX sdkmessagefilter_table ON sdkmessagefilter (primaryobjecttypecode);
CREATE INDEX sdkmessageprocessingstep_handler ON sdkmessageprocessingstep (eventhandler);
