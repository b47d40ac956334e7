"""One small shop as four tools export it. Nobody in it exists; every number is worked out in test_tools.py.

Ann, Ben and Cleo are the same people in every tool; tools know them by ids of their own and by their addresses, which
they write in capitals or not.
"""

from pathlib import Path

# Order 5001 has two lines, of which the second has nothing but the line; 5002 was cancelled; Cleo (5003) is a guest.
SHOPIFY_ORDERS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,\
Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
Shipping Name,Shipping Country,Notes,Cancelled at,Refunded Amount,Id,Risk Level
#1001,ann@example.com,partially_refunded,2026-01-05 10:01:00 +0100,fulfilled,2026-01-06 09:00:00 +0100,yes,EUR,50.00,\
0.00,9.80,59.80,,0.00,Standard,2026-01-05 10:00:00 +0100,2,Cup,20.00,Ann A,DE,,,11.96,5001,Low
#1001,ann@example.com,,,,,,,,,,,,,,,1,Plate,10.00,,,,,,,
#1002,BEN@example.com,voided,,unfulfilled,,no,EUR,20.00,0.00,4.00,24.00,,0.00,Express,2026-01-07 12:00:00 +0100,1,Cup,\
20.00,Ben B,AT,,2026-01-07 13:30:00 +0100,0.00,5002,Low
#1003,cleo@example.com,pending,,unfulfilled,,no,EUR,10.00,0.00,2.00,12.00,,0.00,Standard,2026-01-08 08:00:00 +0100,1,\
Plate,10.00,Cleo C,DE,,,0.00,5003,Low
"""
# A month later 5003 has left, and Ann has ordered again.
SHOPIFY_ORDERS_LATER = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Taxes,Total,Shipping Method,Created at,\
Lineitem quantity,Shipping Country,Cancelled at,Refunded Amount,Id
#1003,cleo@example.com,paid,2026-01-09 08:00:00 +0100,fulfilled,2026-01-10 08:00:00 +0100,EUR,2.00,12.00,Standard,\
2026-01-08 08:00:00 +0100,1,DE,,0.00,5003
#1004,Ann@example.com,paid,2026-02-02 10:00:00 +0100,fulfilled,2026-02-03 10:00:00 +0100,EUR,6.00,36.00,Standard,\
2026-02-02 10:00:00 +0100,3,DE,,0.00,5004
"""
# Dora never ordered. Cleo has no account.
SHOPIFY_CUSTOMERS = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Total Spent,Total Orders
'9001,Ann,A,ann@example.com,yes,DE,95.80,2
'9002,Ben,B,ben@example.com,no,AT,0.00,0
'9004,Dora,D,dora@example.com,no,DE,0.00,0
"""

# The same shop as a managed connector lands it, in UTC. 6001 came in time; 6002 was announced for the 6th, then for the
# 8th, and came on the 7th; of 6003 the carrier said nothing; 6004 was deleted. The refund of 6002 is of 8.00 for a line
# and 2.50 of shipping.
SHOPIFY_TABLES = {
    "customer.csv": """\
id,first_name,email,created_at,updated_at,_fivetran_synced
9001,Ann,Ann@example.com,2026-03-01 09:00:00.000,2026-03-01 09:30:00.000,2026-03-09 00:00:00.000
""",
    "order.csv": """\
id,name,email,currency,total_tax,total_price,created_at,updated_at,customer_id,fulfillment_status,cancel_reason,\
cancelled_at,shipping_address_country_code,_fivetran_deleted
6001,#2001,ann@example.com,EUR,2.00,12.00,2026-03-01 10:00:00.000,2026-03-05 16:00:00.000,9001,fulfilled,,,DE,false
6002,#2002,ann@example.com,EUR,4.00,24.00,2026-03-02 10:00:00.000,2026-03-07 16:00:00.000,9001,fulfilled,,,DE,false
6003,#2003,cleo@example.com,EUR,1.00,6.00,2026-03-03 10:00:00.000,2026-03-03 10:00:00.000,,fulfilled,,,DE,false
6004,#2004,ann@example.com,EUR,1.00,6.00,2026-03-03 11:00:00.000,2026-03-03 12:00:00.000,9001,,,,DE,true
6005,#2005,ann@example.com,EUR,1.00,6.00,2026-03-04 11:00:00.000,2026-03-04 12:00:00.000,9001,,inventory,\
2026-03-04 12:00:00.000,DE,false
""",
    "order_line.csv": """\
id,order_id,name,price,quantity
1,6001,Cup,10.00,1
2,6002,Cup,8.00,1
3,6002,Plate,6.00,2
""",
    "order_shipping_line.csv": "id,order_id,code,price\n1,6002,Express,2.50\n",
    "refund.csv": "id,order_id,created_at,note\n800,6002,2026-03-08 09:00:00.000,\n",
    "order_line_refund.csv": "id,refund_id,order_line_id,quantity,subtotal,total_tax\n1,800,2,1,8.00,1.60\n",
    "order_adjustment.csv": ("id,order_id,refund_id,amount,tax_amount,kind\n1,6002,800,-2.50,-0.50,shipping_refund\n"),
    "fulfillment.csv": """\
id,order_id,status,tracking_company,created_at,updated_at
70,6001,success,DHL,2026-03-02 08:00:00.000,2026-03-05 15:00:00.000
71,6002,success,DHL,2026-03-03 08:00:00.000,2026-03-07 15:00:00.000
72,6003,success,,2026-03-04 08:00:00.000,2026-03-04 08:00:00.000
""",
    "fulfillment_event.csv": """\
id,fulfillment_id,order_id,status,happened_at,estimated_delivery_at,_fivetran_deleted
1,70,6001,in_transit,2026-03-02 12:00:00.000,2026-03-05 18:00:00.000,false
2,70,6001,delivered,2026-03-05 15:00:00.000,,false
3,71,6002,in_transit,2026-03-03 12:00:00.000,2026-03-06 18:00:00.000,false
4,71,6002,in_transit,2026-03-05 12:00:00.000,2026-03-08 18:00:00.000,false
5,71,6002,delivered,2026-03-07 15:00:00.000,,false
6,71,6002,delivered,2026-03-04 15:00:00.000,,true
""",
}

# Three tickets of a view, on the wall of the account: Ann's was answered after 30 minutes and solved, Ben's is open,
# and one is of somebody who left no address.
ZENDESK_CSV = """\
Summation column,Id,Requester,Requester id,Requester external id,Requester email,Subject,Tags,Status,Priority,Via,\
Created at,Updated at,Solved at,Satisfaction Score,First reply time in minutes
1,301,Ann A,71,,ANN@example.com,My parcel,vip where_is_my_order,Solved,Normal,Mail,2026-01-09 09:00,2026-01-09 12:00,\
2026-01-09 11:00,Good,30
1,302,Ben B,72,,ben@example.com,Refund,,Open,Normal,Chat,2026-01-10 09:00,2026-01-10 09:05,,Not Offered,
1,303,Caller,73,,,Hello,praise,Pending,Normal,Phone call (incoming),2026-01-11 09:00,2026-01-11 09:05,,Not Offered,0
"""
# The JSON export of the same account, a line per ticket: 302 was solved since, and opened again; 304 is Cleo's, by way
# of the list of users; it names order 5003 and carries her address where no column looks for one.
ZENDESK_JSON = """\
{"id":302,"requester_id":72,"requester":{"id":72,"name":"Ben B","email":"ben@example.com"},"via":{"channel":"chat",\
"source":{"from":{},"to":{}}},"tags":[],"status":"open","subject":"Refund","description":"Where?","created_at":\
"2026-01-10T09:00:00Z","updated_at":"2026-01-12T09:00:00Z","metric_set":{"solved_at":"2026-01-11T09:00:00Z",\
"reply_time_in_minutes":{"calendar":60,"business":10}}}
{"id":304,"external_id":"5003","requester_id":74,"via":{"channel":"email","source":{"from":{"address":\
"cleo@example.com","name":"Cleo"}}},"tags":["damaged_item","late_delivery"],"status":"closed","subject":"Broken",\
"description":"I am Cleo, cleo@example.com","created_at":"2026-01-13T09:00:00Z","updated_at":"2026-01-14T10:00:00Z",\
"metric_set":{"solved_at":"2026-01-14T09:00:00Z","reply_time_in_minutes":{"calendar":90,"business":20}}}
"""
ZENDESK_USERS = """\
{"id":74,"external_id":null,"name":"Cleo C","email":"Cleo@example.com","role":"end-user"}
"""
# As a managed connector lands it: the first public message of somebody else is the answer; the second solution counts.
ZENDESK_TABLES = {
    "ticket.csv": """\
id,external_id,requester_id,via_channel,status,created_at,updated_at,subject,_fivetran_synced
401,6002,71,web,solved,2026-03-08 08:00:00,2026-03-08 12:00:00,Late,2026-03-09 00:00:00
402,,75,voice,open,2026-03-08 09:00:00,2026-03-08 09:00:00,Hello,2026-03-09 00:00:00
403,,71,web,deleted,2026-03-08 10:00:00,2026-03-08 10:30:00,Spam,2026-03-09 00:00:00
""",
    "user.csv": "id,external_id,email,name\n71,,ann@example.com,Ann A\n75,9001,,Ann at the phone\n",
    "ticket_comment.csv": """\
id,ticket_id,user_id,public,created,body
1,401,71,TRUE,2026-03-08 08:00:00,Where is it?
2,401,11,FALSE,2026-03-08 08:10:00,Look at this
3,401,11,TRUE,2026-03-08 08:45:00,On its way
""",
    "ticket_field_history.csv": """\
field_name,ticket_id,updated,user_id,value
status,401,2026-03-08 09:00:00,11,solved
status,401,2026-03-08 10:00:00,71,open
status,401,2026-03-08 11:30:00,11,solved
""",
    "ticket_tag.csv": "tag,ticket_id\nlate_delivery,401\nvip,401\n",
}

# Three header lines; a preview; Ann's answer is about order 5001, Ben left the question of satisfaction empty. Denver
# is seven hours behind in January.
QUALTRICS_CSV = """\
StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientLastName,\
RecipientFirstName,RecipientEmail,ExternalReference,DistributionChannel,UserLanguage,Q1_NPS_GROUP,Q1,Q2,Q3,order_id
Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,Response ID,\
Last Name,First Name,Recipient Email,External Data Reference,Distribution Channel,User Language,Group,"How likely is it,
from 0 to 10?",How satisfied are you?,Anything else?,order_id
"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}","{""ImportId"":""endDate""}","{""ImportId"":""status""}",\
"{""ImportId"":""ipAddress""}","{""ImportId"":""progress""}","{""ImportId"":""duration""}","{""ImportId"":""finished""}",\
"{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}","{""ImportId"":""_recordId""}",\
"{""ImportId"":""recipientLastName""}","{""ImportId"":""recipientFirstName""}","{""ImportId"":""recipientEmail""}",\
"{""ImportId"":""externalDataReference""}","{""ImportId"":""distributionChannel""}","{""ImportId"":""userLanguage""}",\
"{""ImportId"":""QID1_NPS_GROUP""}","{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3_TEXT""}",\
"{""ImportId"":""order_id""}"
2026-01-20 10:00:00,2026-01-20 10:01:00,IP Address,192.0.2.1,100,60,True,2026-01-20 10:01:00,R_1,A,Ann,Ann@example.com,\
,email,EN,Promoter,10,4,Fine,5001
2026-01-21 10:00:00,2026-01-21 10:01:00,IP Address,192.0.2.2,80,60,False,2026-01-21 10:01:00,R_2,,,,9002,email,EN,\
Detractor,3,,,5002
2026-01-21 11:00:00,2026-01-21 11:01:00,Survey Preview,192.0.2.3,100,60,True,2026-01-21 11:01:00,R_3,,,,,preview,EN,\
Detractor,0,1,,
"""
QUALTRICS_QUESTIONS = """\
question,survey,touchpoint,question_kind,item,scale_min,scale_max,unit
Q1,,delivery,nps,,0,10,
Q2,,delivery,csat,,1,5,
"""
QUALTRICS_TABLES = {
    "questions.csv": QUALTRICS_QUESTIONS,
    "survey_response.csv": """\
id,survey_id,recorded_date,status,recipient_email,recipient_first_name,finished
R_8,SV_1,2026-03-10 08:00:00.000000,0,ann@example.com,Ann,1
R_9,SV_1,2026-03-10 09:00:00.000000,1,ann@example.com,Ann,1
""",
    "question.csv": "id,survey_id,data_export_tag\nQID1,SV_1,Q1\nQID2,SV_1,Q2\nQID3,SV_1,Q3\n",
    "question_response.csv": """\
_fivetran_id,response_id,question_id,sub_question_key,question_option_key,text,value
a,R_8,QID1,,,,6
b,R_8,QID2,,,,2
c,R_8,QID3,,,Too late,
d,R_9,QID1,,,,0
""",
    "survey_embedded_data.csv": "import_id,key,response_id,value\nx,OrderID,R_8,6002\n",
}

# Ann is the shop's Ann; Eve is a customer without an order of the shop, Finn a lead, Gil a lead with a deal that was
# won.
HUBSPOT_CONTACTS = """\
Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Lifecycle Stage,\
Became a Customer Date,Last Modified Date,Country/Region,Original Source
501,Ann,A,ann@example.com,,Olga,,2025-12-01 09:00,Customer,2025-12-05 09:00,2026-01-02 09:00,Germany,Organic Search
502,Eve,E,eve@example.com,,Olga,,2025-12-02 09:00,Customer,2025-12-06 09:00,2026-01-02 09:00,Austria,Paid Search
503,Finn,F,finn@example.com,,Olga,NEW,2025-12-03 09:00,Lead,,2026-01-02 09:00,Germany,Referrals
504,Gil,G,gil@example.com,,Olga,,2025-12-04 09:00,Opportunity,,2026-01-02 09:00,Germany,Referrals
"""
HUBSPOT_DEALS = """\
Record ID,Deal Name,Deal Stage,Amount,Currency,Close Date,Is Closed Won,Last Modified Date,Associated Contact IDs
601,Eve buys,Closed Won,100.00,EUR,2026-01-03 10:00,true,2026-01-03 10:00,502
602,Gil buys,Closed Won,50.00,EUR,2026-01-04 10:00,true,2026-01-04 10:00,504;502
603,Finn thinks,Qualified,75.00,EUR,2026-02-04 10:00,false,2026-01-04 10:00,503
"""
HUBSPOT_TICKETS = """\
Ticket ID,Ticket name,Create date,Close date,First agent reply date,Last modified date,Source,Category,\
Associated Contact IDs
701,Hello,2026-01-15 09:00,2026-01-15 11:00,2026-01-15 09:20,2026-01-15 11:00,Form,Product question,501
702,Again,2026-01-16 09:00,,,2026-01-16 09:00,Chat,,502
"""
HUBSPOT_TABLES = {
    "contact.csv": """\
id,property_email,property_createdate,property_lifecyclestage,_fivetran_deleted
502,eve@example.com,2025-12-02 09:00:00,customer,FALSE
503,finn@example.com,2025-12-03 09:00:00,lead,FALSE
""",
    "deal.csv": """\
deal_id,is_deleted,deal_pipeline_stage_id,property_amount,property_deal_currency_code,property_closedate
611,false,s1,80.00,EUR,2026-03-01 10:00:00
612,false,s2,90.00,EUR,2026-03-02 10:00:00
613,true,s1,70.00,EUR,2026-03-02 11:00:00
""",
    "deal_pipeline_stage.csv": "stage_id,closed_won,label\ns1,TRUE,Won\ns2,FALSE,Lost\n",
    "deal_contact.csv": "contact_id,deal_id,type_id\n502,611,3\n",
    "ticket.csv": """\
id,is_deleted,property_createdate,property_closed_date,property_first_agent_reply_date,property_hs_ticket_category
711,FALSE,2026-03-03 09:00:00,2026-03-03 12:00:00,2026-03-03 09:30:00,BILLING QUESTION
""",
    "ticket_contact.csv": "ticket_id,contact_id\n711,502\n",
}

EXPORTS = {
    "shopify/orders_export_1.csv": SHOPIFY_ORDERS,
    "shopify/orders_export_2.csv": SHOPIFY_ORDERS_LATER,
    "shopify/customers_export.csv": SHOPIFY_CUSTOMERS,
    "zendesk/export-2026-01-11.csv": ZENDESK_CSV,
    "zendesk/tickets.jsonl": ZENDESK_JSON,
    "zendesk/users.jsonl": ZENDESK_USERS,
    "qualtrics/Delivery_January+22,+2026_03.12.csv": QUALTRICS_CSV,
    "qualtrics/questions.csv": QUALTRICS_QUESTIONS,
    "hubspot/hubspot-crm-exports-all-contacts-2026-01-20.csv": HUBSPOT_CONTACTS,
    "hubspot/hubspot-crm-exports-all-deals-2026-01-20.csv": HUBSPOT_DEALS,
    "hubspot/hubspot-crm-exports-all-tickets-2026-01-20.csv": HUBSPOT_TICKETS,
}
TABLES = {
    f"{tool}/{name}": text
    for tool, files in {
        "shopify": SHOPIFY_TABLES,
        "zendesk": ZENDESK_TABLES,
        "qualtrics": QUALTRICS_TABLES,
        "hubspot": HUBSPOT_TABLES,
    }.items()
    for name, text in files.items()
}


def write(landing: Path, files: dict[str, str], without: tuple[str, ...] = ()) -> Path:
    """Write files below a landing folder, without the first line that begins with each of `without`; returns it."""
    missing = list(without)
    for name, text in files.items():
        lines = text.splitlines(keepends=True)
        for start in list(missing):
            at = next((number for number, line in enumerate(lines) if line.startswith(start)), None)
            if at is not None:
                del lines[at]
                missing.remove(start)
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text("".join(lines))
    assert not missing, f"no line begins with {missing}"
    return landing
